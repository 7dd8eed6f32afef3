import { GraphQLError, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from "graphql";
import { badUserInput } from "../errors.js";

/** Objects, lists and what they hold: many times what any input has. */
const maxValues = 2_000;
const tooMany = `The variables hold more than ${maxValues} values: send fewer.`;

/**
 * The first error of an operation's variables; null if they fit. To be called before anything else looks at them:
 * graphql-js writes the whole value into each of its errors, and looks for as many errors as a value has wrong fields. A
 * request of 1 MB with 60,000 unknown fields took hours.
 */
export function refuseVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError | null {
  if (!hasAtMost(maxValues, variables)) return asRefusal(badUserInput("variables", tooMany));
  const [first] =
    getVariableValues(schema, operation?.variableDefinitions ?? [], variables, { maxErrors: 1 }).errors ?? [];
  if (first === undefined) return null;
  return asRefusal(first, first.originalError ?? null);
}

/** The same error, with HTTP status 400. */
function asRefusal(error: GraphQLError, originalError: Error | null = error): GraphQLError {
  const { message, nodes = null, extensions } = error;
  return new GraphQLError(message, { nodes, originalError, extensions: { ...extensions, http: { status: 400 } } });
}

/** Without calling itself: a request may hold lists in half a million levels. */
function hasAtMost(max: number, variables: unknown): boolean {
  const left: unknown[] = [variables];
  let count = 0;
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== "object" || value === null) continue;
    for (const key in value) {
      count += 1;
      if (count > max) return false;
      left.push((value as Record<string, unknown>)[key]);
    }
  }
  return true;
}
