import type { ApolloServerPlugin } from "@apollo/server";
import { refuseSize } from "./answer-size.js";
import type { ViewersContext } from "./api.js";
import type { FormatError } from "./format-error.js";
import { costOf, refuseCost } from "./query-limits.js";
import { refuseVariables } from "./refuse-variables.js";

/**
 * Refuses operations that cost more than their caller may spend, variables that do not fit, and answers that are too large;
 * says what each one cost.
 */
export function boundOperations(format: FormatError): ApolloServerPlugin<ViewersContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, operation, request, contextValue }) => {
        const refusal =
          refuseCost(operation, contextValue.bearer) ?? refuseVariables(schema, operation, request.variables ?? {});
        if (refusal !== null) throw refusal;
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
