import { describe, expect, test } from "@jest/globals";
import { type FragmentDefinitionNode, getOperationAST, Kind, type OperationDefinitionNode, parse } from "graphql";
import { requestedFields } from "../../src/graphql/requested-fields.js";
import { buildApiSchema } from "../../src/schema.js";

const schema = buildApiSchema();

/** The fields that a text asks of each of the types. */
function fieldsOf(text: string, types: readonly string[]): Record<string, string[]> {
  const document = parse(text);
  const fragments = document.definitions.filter(
    (definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION,
  );
  const asked = requestedFields({
    operation: getOperationAST(document) as OperationDefinitionNode,
    fragments: Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment])),
    schema,
  });
  return Object.fromEntries(types.map((type) => [type, [...(asked.get(type) ?? [])].toSorted()]));
}

const authors = ["Agent", "Bot", "Visitor"];

describe("the fields that an operation asks for", () => {
  test("count for every type that implements the interface they stand in", () => {
    const text = "subscription { messageAdded { author { name } } }";
    expect(fieldsOf(text, authors)).toEqual({ Agent: ["name"], Bot: ["name"], Visitor: ["name"] });
  });

  test("count for one type where a fragment names it, and for all where it names the interface", () => {
    const text = `query ($id: ID!) { conversation(id: $id) { lastMessage { author { ... on Visitor { email } ...named } } } }
      fragment named on Author { name ... on Agent { online } }`;
    expect(fieldsOf(text, authors)).toEqual({ Agent: ["name", "online"], Bot: ["name"], Visitor: ["email", "name"] });
  });

  test("count for the members of a union by their fragments, and __typename for all of them", () => {
    const text = "{ viewer { __typename ... on Agent { role } } }";
    expect(fieldsOf(text, ["Agent", "Visitor"])).toEqual({ Agent: ["__typename", "role"], Visitor: ["__typename"] });
  });
});
