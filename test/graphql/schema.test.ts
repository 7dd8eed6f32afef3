import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { isObjectType, parse, validate, visit } from "graphql";
import { getMetadataStorage } from "type-graphql";
import { describePermission } from "../../src/graphql/describe-permissions.js";
import { buildApiSchema, printApiSchema } from "../../src/schema.js";

describe("schema.graphql", () => {
  test("is what the code emits (npm run schema)", async () => {
    const committed = await readFile("schema.graphql", "utf8");
    expect(printApiSchema()).toBe(committed);
  });
});

describe("an author", () => {
  const schema = buildApiSchema();
  const faultsOf = (selection: string) =>
    validate(schema, parse(`subscription { messageAdded { author { ${selection} } } }`)).map(({ message }) => message);

  test.each([
    "name",
    "__typename name ... on Agent { online } ... on Visitor { email }",
    "... on Author { name } ... on Visitor { name email }",
    "... on Agent { name } ... on Bot { name }",
  ])("is selected by %s", (selection) => {
    expect(faultsOf(selection)).toEqual([]);
  });

  test("is not named by fragments on types whose name differs in nullability: that is a rule of GraphQL", () => {
    expect(faultsOf("... on Agent { name } ... on Visitor { name }")).toEqual([
      expect.stringContaining('conflicting types "String!" and "String"'),
    ]);
  });
});

/** The descriptions of all fields of object types, by `Type.field`. */
const fields = new Map(
  Object.values(buildApiSchema().getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith("__"))
    .flatMap((type) => (isObjectType(type) ? Object.values(type.getFields()) : []).map((field) => ({ type, field })))
    .map(({ type, field }) => [`${type.name}.${field.name}`, field.description ?? ""]),
);
const authorized = readAuthorized();
const unguarded = [...fields.keys()].filter((field) => !authorized.has(field));

const sentences = new Set(["No token needed.", ...[...authorized.values()].map(describePermission)]);

/** The sentences about permissions that a description holds. */
function permissionsIn(field: string): string[] {
  return [...sentences].filter((sentence) => fields.get(field)?.includes(sentence));
}

describe("who may use what", () => {
  test.each([...authorized])("is said of %s at the end, in the words for its @Authorized roles", (field, roles) => {
    expect(permissionsIn(field)).toEqual([describePermission(roles)]);
    expect(`. ${fields.get(field)}`.endsWith(`. ${describePermission(roles)}`)).toBe(true);
  });

  test("is said of the operations that need no token", () => {
    const operations = unguarded.filter((field) => /^(Query|Mutation|Subscription)\./.test(field));
    expect(operations.toSorted()).toEqual([
      "Mutation.signIn",
      "Mutation.startSession",
      "Query.contactForm",
      "Query.viewer",
      "Subscription.contactFormUpdated",
    ]);
    for (const operation of operations) expect(permissionsIn(operation)).toEqual(["No token needed."]);
  });

  test("is not said of fields that whoever may see the object may see", () => {
    const open = unguarded.filter((field) => !/^(Query|Mutation|Subscription)\./.test(field));
    expect(open.length).toBeGreaterThan(0);
    expect(open.flatMap(permissionsIn)).toEqual([]);
  });
});

test("descriptions are sentences: they begin with no code and end with a full stop", () => {
  const descriptions: string[] = [];
  visit(parse(printApiSchema()), {
    enter: (node) => {
      if ("description" in node && node.description !== undefined) descriptions.push(node.description.value);
    },
  });
  expect(descriptions.length).toBeGreaterThan(fields.size / 2);
  expect(descriptions.filter((description) => /^[VAD-]( [VAD-])*( {2}|$)/.test(description))).toEqual([]);
  expect(descriptions.filter((description) => !/^[A-Z0-9`].*[.…]$/.test(description))).toEqual([]);
});

/** The roles that each `@Authorized` field or operation checks, by `Type.field`. */
function readAuthorized(): Map<string, readonly ("VISITOR" | "GUEST" | "AGENT" | "ADMIN")[]> {
  const { authorizedFields, queries, mutations, subscriptions, fieldResolvers, objectTypes } = getMetadataStorage();
  const named = [
    ...queries.map((handler) => ({ ...handler, type: "Query" })),
    ...mutations.map((handler) => ({ ...handler, type: "Mutation" })),
    ...subscriptions.map((handler) => ({ ...handler, type: "Subscription" })),
    ...fieldResolvers.map((handler) => ({
      ...handler,
      type: objectTypes.find(({ target }) => target === handler.getObjectType?.())?.name ?? "",
    })),
  ];
  return new Map(
    authorizedFields.map(({ target, fieldName, roles }) => {
      const found = named.find((handler) => handler.target === target && handler.methodName === fieldName);
      return [`${found?.type}.${found?.schemaName}`, roles];
    }),
  );
}
