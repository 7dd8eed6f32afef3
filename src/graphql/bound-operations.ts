import type { ApolloServerPlugin } from "@apollo/server";
import { refuseSize } from "./answer-size.js";
import type { ViewersContext } from "./api.js";
import type { FormatError } from "./format-error.js";
import type { OperationBudget } from "./operation-budget.js";
import { costOf, refuseCost } from "./query-limits.js";

/**
 * Refuses operations that cost more than their caller may spend, on one or in a minute, and answers that are too large; says what
 * each one cost.
 */
export function boundOperations(format: FormatError, budget: OperationBudget): ApolloServerPlugin<ViewersContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ operation, source, contextValue }) => {
        const tooExpensive = refuseCost(operation, contextValue.bearer);
        if (tooExpensive !== null) budget.payForRefused(contextValue, source);
        const refusal = tooExpensive ?? budget.pay(contextValue, costOf(operation));
        if (refusal !== null) throw refusal;
      },
      didEncounterErrors: async ({ operation, source, contextValue }) => {
        if (!operation) budget.payForRefused(contextValue, source ?? "");
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
