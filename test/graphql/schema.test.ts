import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { isObjectType, parse, validate, visit } from "graphql";
import { getMetadataStorage } from "type-graphql";
import { describePermission } from "../../src/graphql/describe-permissions.js";
import { buildApiSchema, printApiSchema } from "../../src/schema.js";

describe("schema.graphql", () => {
  test("equals what the code emits (npm run schema)", async () => {
    const committed = await readFile("schema.graphql", "utf8");
    expect(printApiSchema()).toBe(committed);
  });
});

describe("author", () => {
  const schema = buildApiSchema();
  const errorsOf = (selection: string) =>
    validate(schema, parse(`subscription { messageAdded { author { ${selection} } } }`)).map(({ message }) => message);

  test.each([
    "name",
    "__typename name ... on Agent { online } ... on Visitor { email }",
    "... on Author { name } ... on Visitor { name email }",
    "... on Agent { name } ... on Bot { name }",
  ])("can be selected with %s", (selection) => {
    expect(errorsOf(selection)).toEqual([]);
  });

  test("cannot be selected with fragments on types whose name differs in nullability, by GraphQL's rules", () => {
    expect(errorsOf("... on Agent { name } ... on Visitor { name }")).toEqual([
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

/** The sentences about permissions in a description. */
function permissionsIn(field: string): string[] {
  return [...sentences].filter((sentence) => fields.get(field)?.includes(sentence));
}

describe("permissions in descriptions", () => {
  test.each([...authorized])("the description of %s ends with its @Authorized roles", (field, roles) => {
    expect(permissionsIn(field)).toEqual([describePermission(roles)]);
    expect(`. ${fields.get(field)}`.endsWith(`. ${describePermission(roles)}`)).toBe(true);
  });

  test("are stated for the operations that need no token", () => {
    const operations = unguarded.filter((field) => /^(Query|Mutation|Subscription)\./.test(field));
    expect(operations.toSorted()).toEqual([
      "Mutation.signIn",
      "Mutation.startSession",
      "Query.contactForm",
      "Query.viewer",
      "Query.website",
      "Subscription.contactFormUpdated",
    ]);
    for (const operation of operations) expect(permissionsIn(operation)).toEqual(["No token needed."]);
  });

  test("are not stated for fields that everyone who sees the object may see", () => {
    const open = unguarded.filter((field) => !/^(Query|Mutation|Subscription)\./.test(field));
    expect(open.length).toBeGreaterThan(0);
    expect(open.flatMap(permissionsIn)).toEqual([]);
  });
});

test("descriptions are sentences: they do not begin with permission codes, and they end with a full stop", () => {
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
