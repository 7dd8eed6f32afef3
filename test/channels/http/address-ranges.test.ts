import { describe, expect, test } from "@jest/globals";
import { isLoopbackHost, isPrivateAddress, isPublicAddress } from "afterchat/channel";

describe("An IP address", () => {
  test.each([
    ...[
      "127.0.0.1",
      "127.255.0.1",
      "10.1.2.3",
      "172.16.0.0",
      "172.31.0.1",
      "192.168.1.1",
      "169.254.169.254",
      "100.64.0.1",
    ],
    ...[
      "::1",
      "fe80::1",
      "fe80::1%eth0",
      "febf::1",
      "fc00::1",
      "fd00::1",
      "::ffff:127.0.0.1",
      "::ffff:10.0.0.1",
      "::ffff:a00:1",
    ],
  ])("%s is private", (address) => {
    expect([isPrivateAddress(address), isPublicAddress(address)]).toEqual([true, false]);
  });

  test.each([
    ...[
      "0.0.0.0",
      "0.1.2.3",
      "192.0.0.1",
      "192.0.2.1",
      "198.18.0.1",
      "198.51.100.9",
      "203.0.113.1",
      "224.0.0.1",
      "240.0.0.1",
    ],
    ...["255.255.255.255", "::", "::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1"],
    ...["2001:db8::1", "2002:7f00:1::", "3fff::1", "4000::1", "5f00::1", "fec0::1", "ff02::1"],
  ])("%s is special-purpose or unallocated", (address) => {
    expect([isPrivateAddress(address), isPublicAddress(address)]).toEqual([false, false]);
  });

  test.each([
    ...["157.240.1.1", "31.13.24.1", "8.8.8.8", "100.128.0.1", "172.32.0.1", "::ffff:8.8.8.8"],
    ...["2a03:2880:f10c::1", "2606:4700::1111", "2001:4860:4860::8888"],
  ])("%s is public", (address) => {
    expect([isPrivateAddress(address), isPublicAddress(address)]).toEqual([false, true]);
  });

  // Some programs accept the last ones as addresses.
  test.each(["localhost", "", "example.com", "10.0.0.1/8", "[::1]", "1.2.3", "2130706433", "0x7f.1", "010.0.0.1"])(
    "does not have the form %j",
    (text) => {
      expect([isPrivateAddress(text), isPublicAddress(text)]).toEqual([false, false]);
    },
  );
});

test("This machine is recognised by its name and addresses", () => {
  for (const host of ["localhost", "127.0.0.1", "127.0.0.53", "::1", "[::1]", "[::ffff:7f00:1]"])
    expect([host, isLoopbackHost(host)]).toEqual([host, true]);
  for (const host of ["", "127.example.com", "localhost.example.com", "10.0.0.1", "0.0.0.0", "::", "[127.0.0.1", "1"])
    expect([host, isLoopbackHost(host)]).toEqual([host, false]);
});
