import { GraphQLError, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from "graphql";

/**
 * The first error of an operation's variables; null if they fit. graphql-js looks for 50, and writes the whole value into
 * each of them.
 */
export function refuseVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError | null {
  const definitions = operation?.variableDefinitions ?? [];
  const [first] = getVariableValues(schema, definitions, variables, { maxErrors: 1 }).errors ?? [];
  if (first === undefined) return null;
  const { message, nodes = null, originalError = null } = first;
  return new GraphQLError(message, { nodes, originalError, extensions: { http: { status: 400 } } });
}
