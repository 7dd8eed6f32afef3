import { describe, expect, test } from "@jest/globals";
import { type FragmentDefinitionNode, getOperationAST, Kind, type OperationDefinitionNode, parse } from "graphql";
import { requestedFields } from "../../src/graphql/requested-fields.js";
import { buildApiSchema } from "../../src/schema.js";

const schema = buildApiSchema();

/** The fields that an operation requests of each type. */
function fieldsOf(text: string, types: readonly string[]): Record<string, string[]> {
  const document = parse(text);
  const fragments = document.definitions.filter(
    (definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION,
  );
  const requested = requestedFields({
    operation: getOperationAST(document) as OperationDefinitionNode,
    fragments: Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment])),
    schema,
  });
  return Object.fromEntries(types.map((type) => [type, [...(requested.get(type) ?? [])].toSorted()]));
}

const authors = ["Agent", "Bot", "Visitor"];

describe("requestedFields", () => {
  test("fields of an interface count for every type that implements it", () => {
    const text = "subscription { messageAdded { author { name } } }";
    expect(fieldsOf(text, authors)).toEqual({ Agent: ["name"], Bot: ["name"], Visitor: ["name"] });
  });

  test("fields of a fragment count for its type, or for all types if it is on the interface", () => {
    const text = `query ($id: ID!) { conversation(id: $id) { lastMessage { author { ... on Visitor { email } ...named } } } }
      fragment named on Author { name ... on Agent { online } }`;
    expect(fieldsOf(text, authors)).toEqual({ Agent: ["name", "online"], Bot: ["name"], Visitor: ["email", "name"] });
  });

  test("fields of a union's fragments count for their types, and __typename for all members", () => {
    const text = "{ viewer { __typename ... on Agent { role } } }";
    expect(fieldsOf(text, ["Agent", "Visitor"])).toEqual({ Agent: ["__typename", "role"], Visitor: ["__typename"] });
  });
});
