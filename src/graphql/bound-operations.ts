import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError, type OperationDefinitionNode, OperationTypeNode } from "graphql";
import { networkOf } from "../limits/network-of.js";
import { refuseSize } from "./answer-size.js";
import type { ViewersContext } from "./api.js";
import type { Bounds } from "./bounds.js";
import type { FormatError } from "./format-error.js";
import { measureCpu } from "./measure-cpu.js";
import type { Caller, OperationBudget } from "./operation-budget.js";
import { costOf, refuseCost } from "./query-limits.js";
import { refuseVariables } from "./refuse-variables.js";

/**
 * Refuses operations that cost more than their caller may spend, on one or in a minute, variables that do not fit, and answers that
 * are too large; says what each one cost.
 */
export function boundOperations(format: FormatError, { turns, budget }: Bounds): ApolloServerPlugin<ViewersContext> {
  return {
    requestDidStart: async () => ({
      // These two only come for a text that is not kept.
      parsingDidStart: async ({ contextValue, source }) => {
        await turns.next(networkOf(contextValue.remoteAddress), source?.length ?? 0);
        return payForReading(budget, contextValue);
      },
      validationDidStart: async ({ contextValue }) => payForReading(budget, contextValue),
      didResolveOperation: async ({ schema, operation, request, contextValue }) => {
        const refusal =
          refuseSubscription(operation) ??
          refuseCost(operation, contextValue.bearer) ??
          refuseVariables(schema, operation, request.variables ?? {}) ??
          budget.pay(contextValue, costOf(operation));
        if (refusal !== null) throw refusal;
        await turns.nextFor(networkOf(contextValue.remoteAddress), costOf(operation));
      },
      willSendResponse: async ({ operation, response }) => {
        if (operation === undefined || response.body.kind !== "single") return;
        const cost = costOf(operation);
        const { singleResult } = response.body;
        const refusal = refuseSize(singleResult, cost);
        response.body.singleResult =
          refusal === null
            ? { ...singleResult, extensions: { cost } }
            : { errors: [format(refusal)], data: null, extensions: { cost } };
      },
    }),
  };
}

/** Executed by HTTP, a subscription has no source of events. */
function refuseSubscription(operation: OperationDefinitionNode | undefined): GraphQLError | null {
  if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return null;
  const message = "A subscription needs a WebSocket: connect to this address, with the protocol graphql-transport-ws.";
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST", http: { status: 400 } } });
}

/** Makes the caller pay for the time from now until what is returned is called. */
function payForReading(budget: OperationBudget, caller: Caller): () => Promise<void> {
  const spentMs = measureCpu();
  return async () => budget.payForReading(caller, spentMs());
}
