import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { describeRange, isInRange, parseRange } from "../../src/blocked-networks/parse-range.js";

const parse = (text: string) => describeRange(parseRange("input.range", text));

describe("a range", () => {
  test.each([
    ["192.0.2.7", "192.0.2.7/32"],
    [" 192.0.2.7 ", "192.0.2.7/32"],
    ["192.0.2.0/24", "192.0.2.0/24"],
    // What lies beyond the prefix is dropped.
    ["192.0.2.77/24", "192.0.2.0/24"],
    ["10.9.8.7/8", "10.0.0.0/8"],
    ["2001:db8::/32", "2001:db8::/32"],
    ["2001:DB8:0:0:0:0:0:1/48", "2001:db8::/48"],
    // Whoever has one address of a /64 has all of them.
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::/64", "2001:db8:1:2::/64"],
    ["2001:db8::1/128", "2001:db8::1/128"],
    // As `networkOf` writes it.
    ["2001:db8:0:0::/64", "2001:db8::/64"],
    ["::ffff:192.0.2.7", "192.0.2.7/32"],
    ["::ffff:192.0.2.7/120", "192.0.2.0/24"],
    ["::ffff:c000:207/128", "192.0.2.7/32"],
  ])("%s is read as %s", (text, range) => {
    expect(parse(text)).toBe(range);
  });

  test.each([
    ...[
      "",
      "/",
      "/24",
      "192.0.2.0/",
      "192.0.2.0/24/24",
      "192.0.2.0/-1",
      "192.0.2.0/33",
      "192.0.2.0/ 24",
      "192.0.2.0/0x10",
    ],
    // Forms that some programs take for addresses, and none of ours.
    ...["192.0.2", "192.0.2.0-192.0.2.9", "192.0.2.*", "0300.0.2.0/24", "3221225984", "example.com", "all", "any"],
    ...["2001:db8::/129", "2001:db8::/1000", "fe80::1%eth0", "fe80::1%eth0/64", "[2001:db8::1]", "2001:db8:::/48"],
    ...["::ffff:192.0.2.0/95", "192.0.2.0/24\0", "192.0.2.0/２４", "' OR 1=1 --", "1".repeat(100_000)],
  ])("%j is refused, and the error says how to write one", (text) => {
    expect(() => parse(text)).toThrow("192.0.2.0/24 or 2001:db8:7::/48");
  });

  test.each([
    ...["0.0.0.0/0", "10.0.0.0/7", "::ffff:0.0.0.0/96", "::ffff:10.0.0.0/103"],
    ...["::/0", "2000::/3", "2001:db8::/31"],
  ])("%s is too large", (text) => {
    expect(() => parse(text)).toThrow(/is too large: a range can be at most \/8 for IPv4 and \/32 for IPv6/);
  });

  test.each([
    ["192.0.2.0", "192.0.2.0/24", true],
    ["192.0.2.255", "192.0.2.0/24", true],
    ["192.0.3.0", "192.0.2.0/24", false],
    ["::ffff:192.0.2.9", "192.0.2.0/24", true],
    ["2001:db8:7:1::9", "2001:db8:7::/48", true],
    ["2001:db8:8::", "2001:db8:7::/48", false],
    ["192.0.2.0", "2001:db8:7::/48", false],
    ["2001:db8:7::", "192.0.2.0/24", false],
    // The address of a client that has gone.
    ["", "192.0.2.0/24", false],
  ])("whether %j lies in %s: %j", (address, range, inside) => {
    expect(isInRange(address, parseRange("input.range", range))).toBe(inside);
  });

  test("is written in a form that is read as the same range, and contains the address that it was made of", () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 128 }), (ip, prefix) => {
        const smallest = ip.includes(":") ? 32 : 8;
        const largest = ip.includes(":") ? 128 : 32;
        // IPv4 as IPv6, also in the notation without ffff, which is out of use: its prefixes begin at 96.
        const isMapped = /^::(ffff:|\d+\.)/.test(ip);
        fc.pre(prefix >= smallest && prefix <= largest && !isMapped);
        const range = parseRange("input.range", `${ip}/${prefix}`);
        expect(parseRange("input.range", describeRange(range))).toEqual(range);
        expect(isInRange(ip, range)).toBe(true);
      }),
    );
  });
});
