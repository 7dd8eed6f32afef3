import {
  type ASTVisitor,
  GraphQLError,
  type OperationDefinitionNode,
  type ParseOptions,
  type ValidationContext,
  type ValidationRule,
} from "graphql";
import type { Viewer } from "../viewer.js";
import { type Extent, OperationMeasure } from "./measure-operation.js";
import { refuseIntrospection } from "./refuse-introspection.js";

/** The rules for operations beside those of GraphQL. */
export function rulesFor({ introspection }: { readonly introspection: boolean }): ValidationRule[] {
  return introspection ? [queryLimits] : [refuseIntrospection, queryLimits];
}

/**
 * Several times what any client's operation needs: parsing stops there. Comparing the fields of equal names, as GraphQL's
 * validation does, takes time that grows with the square of it: 10 ms for this many, in which nobody else is served.
 */
const maxTokens = 1_000;
export const parseOptions: ParseOptions = { maxTokens };
/** In characters: a string of any length is one token. */
const maxTextLength = 100_000;

const deepest = 12;
/** How many rows one operation may request in nested lists: two full pages nested in each other, and some. */
const maxRows = 20_000;
/** The same with nine fields in each row. */
const maxCost = 100_000;
/** Anybody can become a visitor; one whole page of messages with everything in them costs less than half of it. */
const maxCostOfOthers = 25_000;

/** Null or undefined if the request named none that its document has, which its execution reports. */
type ChosenOperation = OperationDefinitionNode | null | undefined;

/** Says why a text is not even parsed; null if it is. */
export function refuseText(text: string): string | null {
  if (text.length > maxTextLength) {
    return `This operation's text has ${text.length} characters: ${maxTextLength} are allowed. Send long values as variables.`;
  }
  // Comments are tokens in memory, but the parser does not count them.
  if (text.length > maxTokens && text.split("#").length > maxTokens)
    return `This operation's text has more than ${maxTokens} comments. Leave them out.`;
  return null;
}

const extents = new WeakMap<OperationDefinitionNode, Extent>();

/**
 * The cost of an operation of a validated document: how many rows and values its answer may hold (see `Extent`). Computed
 * when the document was validated, so that reading it costs nothing.
 */
export function costOf(operation: ChosenOperation): number {
  return (operation && extents.get(operation)?.cost) ?? 0;
}

/** How many fields an operation of a validated document selects, each one of a fragment wherever it is spread. */
export function fieldsOf(operation: OperationDefinitionNode): number {
  return extents.get(operation)?.fields ?? 0;
}

/** Refuses operations that are nested too deeply, that request too many rows by lists within lists, or cost too much. */
function queryLimits(context: ValidationContext): ASTVisitor {
  const measure = new OperationMeasure(context);
  return {
    OperationDefinition(operation) {
      const extent = measure.measure(operation);
      extents.set(operation, extent);
      const { depth, rows, cost } = extent;
      if (depth > deepest)
        report(context, operation, `This operation is ${depth} levels deep: ${deepest} are allowed.`);
      if (rows > maxRows) {
        report(
          context,
          operation,
          `This operation asks for up to ${rows} rows: ${maxRows} are allowed. Ask for smaller pages.`,
        );
      } else if (cost > maxCost) context.reportError(tooExpensive(operation, cost, maxCost));
      return false;
    },
  };
}

/** The error of an operation that is within everybody's limits but not within this caller's; null if it is allowed. */
export function refuseCost(operation: ChosenOperation, viewer: Viewer | null): GraphQLError | null {
  const cost = costOf(operation);
  if (!operation || viewer?.kind === "agent" || cost <= maxCostOfOthers) return null;
  return tooExpensive(operation, cost, maxCostOfOthers);
}

function tooExpensive(operation: OperationDefinitionNode, cost: number, limit: number): GraphQLError {
  const message = `This operation costs ${cost}, counting each field in each row: ${limit} is allowed. Ask for smaller pages or fewer fields.`;
  return new GraphQLError(message, {
    nodes: operation,
    extensions: { code: "GRAPHQL_VALIDATION_FAILED", cost, limit, http: { status: 400 } },
  });
}

function report(context: ValidationContext, operation: OperationDefinitionNode, message: string): void {
  context.reportError(new GraphQLError(message, { nodes: operation }));
}
