import { describe, expect, test } from "@jest/globals";
import { createTestHost, sampleOutbound } from "afterchat/channel-contract";
import fc from "fast-check";
import { emailChannel, parseEmailAddress } from "../../../plugins/email/index.js";

describe("An email address", () => {
  test.each([
    ["ana@example.com", "ana@example.com"],
    ["  ana@example.com\t", "ana@example.com"],
    ["Ana.Silva+Chat@EXAMPLE.Com", "Ana.Silva+Chat@example.com"],
    ["ana@Bücher.example", "ana@xn--bcher-kva.example"],
    ["ana@例え.テスト", "ana@xn--r8jz45g.xn--zckzah"],
    ["chat@localhost", "chat@localhost"],
    ["o'hara@example.com", "o'hara@example.com"],
  ])("%j is stored as %j", (text, address) => {
    expect(parseEmailAddress(text)).toEqual({ ok: true, address });
  });

  test("with a non-ASCII local part is rejected with an explanation", () => {
    const parsed = emailChannel.address.safeParse("josé@example.com");
    expect(parsed.error?.issues[0]?.message).toBe("must contain only ASCII characters before the @ sign");
  });

  test("is exactly one recipient, for any input", () => {
    const parts = fc.constantFrom(
      "a",
      "@",
      ",",
      ";",
      "<",
      ">",
      '"',
      "(",
      ")",
      " ",
      "\r\n",
      "\0",
      "example.com",
      ".",
      "é",
      "RCPT TO:",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(parts).map((all) => all.join("")),
          fc.emailAddress(),
          fc.string(),
        ),
        (text) => {
          const parsed = parseEmailAddress(text);
          if (!parsed.ok) return;
          expect(parsed.address).toMatch(/^[^\s@<>,;:"()[\]\\]+@[a-z0-9.-]+$/);
          expect(parseEmailAddress(parsed.address)).toEqual(parsed);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("that is stored but invalid is never sent to", async () => {
    const config = emailChannel.configure({});
    if (!config) throw new Error("email is not configured");
    const host = createTestHost();
    const connection = await emailChannel.connect(config, host);
    const outbound = sampleOutbound("a@evil.example, b@good.example");
    expect(await connection.deliver(outbound, new AbortController().signal)).toMatchObject({
      outcome: "rejected",
      failure: { code: "ADDRESS_INVALID" },
    });
    expect(host.entries.size).toBe(0);
  });
});
