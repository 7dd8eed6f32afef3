import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { matchRoute } from "../../../src/channels/http/match-route.js";

const routes = { mailbox: 1, "mailbox/:mail": 2, ":any/keys": 3, "mailbox/keys": 4, "": 5 };

describe("A channel's route", () => {
  test.each([
    ["", "", {}],
    ["mailbox", "mailbox", {}],
    ["mailbox/", "mailbox", {}],
    ["mailbox/m1", "mailbox/:mail", { mail: "m1" }],
    ["mailbox/keys", "mailbox/keys", {}],
    ["other/keys", ":any/keys", { any: "other" }],
    ["m%61ilbox", "mailbox", {}],
  ])("%j matches %j", (path, pattern, parameters) => {
    expect(matchRoute(routes, path)).toMatchObject({ pattern, parameters });
  });

  test.each(["mail", "mailbox//", "mailbox/%", "mailbox/a/b", "toString", "__proto__"])(
    "%j matches no route",
    (path) => {
      expect(matchRoute(routes, path)).toBeNull();
    },
  );

  test("decodes any segment", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (segment) => {
        fc.pre(segment !== "keys");
        expect(matchRoute(routes, `mailbox/${encodeURIComponent(segment)}`)?.parameters).toEqual({ mail: segment });
      }),
    );
  });
});
