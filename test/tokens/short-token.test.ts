import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { signedIdLength } from "../../src/channels/channel.js";
import { signShortToken, verifyShortToken } from "../../src/tokens/short-token.js";

const secret = "a secret of the tests that is long enough";
const other = "another secret of the tests, long enough";

describe("short tokens", () => {
  test("the token of a UUID fits the local part of an email address and is case-insensitive", () => {
    fc.assert(
      fc.property(fc.uuid(), fc.string(), (id, purpose) => {
        const token = signShortToken(secret, purpose, id);
        expect(token).toMatch(/^[a-z2-7]+$/);
        expect(token).toHaveLength(signedIdLength);
        expect(verifyShortToken([secret], purpose, token)).toBe(id);
        expect(verifyShortToken([secret], purpose, token.toUpperCase())).toBe(id);
      }),
    );
  });

  test("any other text can be signed as well", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (id) => {
        expect(verifyShortToken([secret], "any", signShortToken(secret, "any", id))).toBe(id);
      }),
    );
  });

  test("a token is refused for another purpose, under another secret, and after any change", () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(46), fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz234567"), (id, at, letter) => {
        const token = signShortToken(secret, "reply", id);
        expect(verifyShortToken([secret], "bounce", token)).toBeNull();
        expect(verifyShortToken([other], "reply", token)).toBeNull();
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        fc.pre(changed !== token);
        expect(verifyShortToken([secret], "reply", changed)).toBeNull();
      }),
    );
  });

  test("with several secrets the first signs and all verify", () => {
    const token = signShortToken(other, "reply", "id");
    expect(verifyShortToken([secret, other], "reply", token)).toBe("id");
  });

  test.each(["", "a", "not base32 at all!", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "1".repeat(47)])(
    "rejects %p",
    (text) => {
      expect(verifyShortToken([secret], "reply", text)).toBeNull();
    },
  );
});
