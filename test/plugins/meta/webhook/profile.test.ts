import { describe, expect, test } from "@jest/globals";
import { readProfile } from "../../../../plugins/meta/webhook/fetch-profile.js";

const refused = (code: number, more: object = {}) => ({
  error: { code, message: "(#1) No", type: "OAuthException", ...more },
});

describe("A profile from Meta", () => {
  test.each([
    ["has the first and last name", { first_name: "Ana", last_name: "Silva", profile_pic: "x" }, "Ana Silva", null],
    ["has one of the two", { first_name: null, last_name: "Silva" }, "Silva", null],
    ["has the full name", { name: " Ana \n Silva ", username: "ana" }, "Ana Silva", null],
    ["has the user name if there is no name", { name: null, username: "ana.silva" }, "ana.silva", null],
    ["has the locale", { name: "Ana", locale: "pt_BR" }, "Ana", "pt-BR"],
    ["may have nothing", { id: "1" }, null, null],
    ["has nothing from invalid values", { name: 7, username: {} }, null, null],
  ])("%s", (_, body, name, locale) => {
    expect(readProfile(200, body)).toEqual({ outcome: "fetched", name, locale });
  });

  test.each([
    [400, refused(100, { error_subcode: 2018218 }), "refused"],
    [400, refused(230), "refused"],
    [200, refused(9010), "refused"],
    [400, refused(190), "retry"],
    [400, refused(613), "retry"],
    [500, refused(2), "retry"],
    [400, refused(0, { is_transient: true }), "retry"],
    [503, "gone", "retry"],
    [404, "", "refused"],
  ])("with HTTP %s and %j is %s", (status, body, outcome) => {
    expect(readProfile(status, body).outcome).toBe(outcome);
  });
});
