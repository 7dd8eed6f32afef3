import { type AnyVariables, gql, type TypedDocumentNode } from "@urql/core";

export type NoVariables = Record<string, never>;

/** An operation from its text and the fragments that it names, with the types of its result and variables. */
export function document<Data, Variables extends AnyVariables>(
  ...parts: readonly string[]
): TypedDocumentNode<Data, Variables> {
  return gql<Data, Variables>(parts.join(""));
}
