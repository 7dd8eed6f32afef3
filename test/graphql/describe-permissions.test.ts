import { expect, test } from "@jest/globals";
import { describePermission } from "../../src/graphql/describe-permissions.js";
import { admins, everyone, type Role, staff, visitors } from "../../src/graphql/permissions.js";

const rows: readonly (readonly [readonly Role[], string])[] = [
  [everyone, "Anyone with a token."],
  [staff, "Agents and admins only."],
  [admins, "Admins only."],
  [visitors, "Visitors only."],
  [["VISITOR"], "Visitors (full sessions, not guests) only."],
  [["GUEST"], "Guests only."],
  [["ADMIN", "VISITOR", "GUEST"], "Visitors and admins only."],
  [["VISITOR", "AGENT", "ADMIN"], "Visitors (full sessions, not guests), agents, and admins only."],
];

test.each(rows)("the roles %j are described as: %s", (roles, sentence) => {
  expect(describePermission(roles)).toBe(sentence);
});

test("an empty list of roles throws, because it would refuse everyone", () => {
  expect(() => describePermission([])).toThrow("name the roles");
});
