import { GraphQLError, type GraphQLFormattedError, Kind } from "graphql";
import { badUserInput, UserError } from "../errors.js";
import type { Logger } from "../logger.js";

/** Apollo's own codes for requests that never became an operation; their messages are about the request only. */
const requestCodes: ReadonlySet<unknown> = new Set([
  "BAD_REQUEST",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_FOUND",
  "PERSISTED_QUERY_NOT_SUPPORTED",
  "UNAUTHENTICATED",
]);

export type FormatError = (error: unknown) => GraphQLFormattedError;

/**
 * Decides what a client sees of an error. Errors meant for the caller pass; wrong variables become BAD_USER_INPUT, which
 * names the field but not the value; everything else becomes INTERNAL_SERVER_ERROR, and its cause is logged.
 */
export function createErrorFormatter(logger: Logger): FormatError {
  return (error) => {
    const known = error instanceof GraphQLError ? findKnown(error) : null;
    if (known !== null) return known;
    const cause = rootCause(error);
    logger.error("An operation failed", {
      operationPath: error instanceof GraphQLError ? error.path?.join(".") : undefined,
      error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    });
    return show(error, "Internal server error.", { code: "INTERNAL_SERVER_ERROR" });
  };
}

function findKnown(error: GraphQLError): GraphQLFormattedError | null {
  const cause = rootCause(error);
  if (cause instanceof UserError || requestCodes.has(error.extensions.code)) {
    const { http: _, stacktrace: __, ...extensions } = error.extensions;
    return show(error, cause instanceof UserError ? error.message : withoutValue(error.message), extensions);
  }
  const wrong = describeWrongInput(error);
  return wrong === null ? null : show(error, wrong.message, wrong.extensions);
}

// graphql-js includes an invalid literal in its message, which may be a password.
const scalarValue = /^((?:\w+|Enum "\w+") cannot represent [^:]*): .*$/s;
const inputValue = /^(Expected value of type "[^"]+"), found .*$/s;

function withoutValue(message: string): string {
  return message.replace(scalarValue, "$1.").replace(inputValue, "$1.");
}

/** GraphQL wraps what a resolver throws; Apollo wraps what graphql-js reports. */
function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
}

function show(error: unknown, message: string, extensions: Readonly<Record<string, unknown>>): GraphQLFormattedError {
  if (!(error instanceof GraphQLError)) return { message, extensions };
  const { locations, path } = error.toJSON();
  return { message, ...(locations && { locations }), ...(path && { path }), extensions };
}

// graphql-js reports invalid variables only as text (execution/values.ts) that contains the value: the text before it is
// relied on, and the wrapped error says what is wrong.
const invalidValue = /^Variable "\$(\w+)" got invalid value /;
const missingVariable = /^Variable "\$(\w+)" of (?:required|non-null) type "([^"]+)"/;
const invalidArgument = /^Argument "(\w+)" (?:of (?:required|non-null) type|has invalid value)/;
const missingField = /^Field "(\w+)" of required type "([^"]+)" was not provided\.$/;
const unknownField = /^Field "(\w+)" is not defined by type/;

function describeWrongInput(error: GraphQLError): UserError | null {
  const argument = invalidArgument.exec(error.message);
  if (argument !== null && rootCause(error) instanceof GraphQLError) {
    return wrongInput(argument[1], "needs a value that fits its type.");
  }
  if (error.nodes?.[0]?.kind !== Kind.VARIABLE_DEFINITION) return null;
  const missing = missingVariable.exec(error.message);
  if (missing !== null) return wrongInput(missing[1], `needs a value of type ${missing[2]}.`);
  const variable = invalidValue.exec(error.message)?.[1];
  if (variable === undefined) return wrongInput("variables", "do not fit the types of the operation.");
  const path = new RegExp(` at "(${variable}[^"]*)"; `).exec(error.message)?.[1] ?? variable;
  const reason = error.originalError?.message ?? "";
  const absent = missingField.exec(reason);
  if (absent !== null) return wrongInput(`${path}.${absent[1]}`, `needs a value of type ${absent[2]}.`);
  const unknown = unknownField.exec(reason);
  if (unknown !== null) return wrongInput(`${path}.${unknown[1]}`, "is not a field of its type.");
  return wrongInput(path, "has a value that does not fit its type.");
}

function wrongInput(field: string | undefined, problem: string): UserError {
  const path = field ?? "variables";
  return badUserInput(path, `'${path}' ${problem}`);
}
