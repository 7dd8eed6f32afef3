import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  getOperationAST,
} from "graphql";
import type { Context, ServerOptions, SubscribePayload } from "graphql-ws";
import { serviceUnavailable, UserError, unauthenticated } from "../errors.js";
import { readBearerToken } from "../tokens/bearer-token.js";
import { retryAfterSeconds } from "./admission.js";
import { refuseSize } from "./answer-size.js";
import type { Api } from "./api.js";
import { Documents } from "./documents.js";
import type { FormatError } from "./format-error.js";
import type { LongTexts } from "./long-texts.js";
import { costOf, refuseCost } from "./query-limits.js";
import { refuseVariables } from "./refuse-variables.js";
import type { RequestQueue } from "./request-queue.js";
import { SharedResults, type SubscriptionArguments } from "./shared-results.js";
import type { Socket } from "./socket.js";

const initWaitMs = 10_000;
/** Far more than any client needs on one connection. */
const maxOperations = 100;

interface Extra {
  readonly socket: Socket;
}
type ConnectionParams = Record<string, unknown> | undefined;
type NextResult = Parameters<NonNullable<ProtocolOptions["onNext"]>>[4];
type SocketContext = Context<ConnectionParams, Extra>;
export type ProtocolOptions = ServerOptions<ConnectionParams, Extra>;

/** How graphql-ws serves the sockets: authentication, what is executed with which viewer, and which errors are shown. */
export function protocolOptions(
  api: Api,
  format: FormatError,
  queue: RequestQueue,
  longTexts: LongTexts,
): ProtocolOptions {
  const documents = new Documents(api);
  const shared = new SharedResults(api, format);
  return {
    connectionInitWaitTimeout: initWaitMs,
    onConnect: (context) => identify(api, context),
    onSubscribe: (context, id, payload) => prepare(api, { documents, longTexts }, context, id, payload),
    execute: (args) => executeInTurn(queue, args as SubscriptionArguments),
    subscribe: (args) => shared.subscribe(args as SubscriptionArguments),
    onNext: (_context, _id, _payload, args, result) => describeResult(format, args, result),
    onError: (_context, _id, _payload, errors) => errors.map(format),
  };
}

/** Of a query or mutation: SharedResults sends those of subscriptions. */
function describeResult(
  format: FormatError,
  { document, operationName }: ExecutionArgs,
  { data, errors }: NextResult,
): FormattedExecutionResult {
  const cost = costOf(getOperationAST(document, operationName));
  const result = { data: data ?? null, ...(errors && { errors: errors.map(format) }), extensions: { cost } };
  const refusal = refuseSize(result, cost);
  return refusal === null ? result : { data: null, errors: [format(refusal)], extensions: { cost } };
}

/** Returning false closes the socket with 4403. */
async function identify(api: Api, { connectionParams, extra: { socket } }: SocketContext): Promise<boolean> {
  try {
    const token = readBearerToken(connectionParams?.authorization);
    const viewer = await api.authenticate(token);
    if (!socket.isOpen) return false;
    socket.setViewer(viewer, token);
    if (viewer !== null) api.presence.open(socket.id, viewer);
    return true;
  } catch (error) {
    if (error instanceof GraphQLError) return false;
    throw error;
  }
}

/** Executes a query or mutation of a socket like one that came by HTTP: in turn, or not at all. */
async function executeInTurn(queue: RequestQueue, args: SubscriptionArguments): Promise<ExecutionResult> {
  const { socket, requestKey } = args.subscriber;
  const caller = async () => socket.viewer?.sessionId ?? socket.remoteAddress;
  const leave = await queue.enter(caller, requestKey.length);
  if (leave === null) return { errors: [serviceUnavailable(retryAfterSeconds)] };
  try {
    return await execute(args);
  } finally {
    leave();
  }
}

async function prepare(
  { schema, createContext }: Api,
  { documents, longTexts }: { readonly documents: Documents; readonly longTexts: LongTexts },
  { extra: { socket }, subscriptions }: SocketContext,
  id: string,
  payload: SubscribePayload,
): Promise<SubscriptionArguments | readonly GraphQLError[]> {
  if (Object.keys(subscriptions).length > maxOperations) {
    return [new UserError("CONFLICT", `One connection carries at most ${maxOperations} operations at a time.`)];
  }
  await socket.check();
  await longTexts.turnOf(payload.query);
  if (!socket.isOpen) return [unauthenticated("This session has ended.")];
  const checked = documents.check(payload.query);
  if (!("document" in checked)) return checked;
  const variableValues = payload.variables ?? {};
  const operationName = payload.operationName ?? null;
  const operation = getOperationAST(checked.document, operationName);
  const refusal = refuseCost(operation, socket.viewer) ?? refuseVariables(schema, operation, variableValues);
  if (refusal !== null) return [refusal];
  const variables = JSON.stringify(variableValues);
  if (!socket.held.hold(id, checked, variables, subscriptions)) {
    return [new UserError("CONFLICT", "The operations in progress on this connection are too large. End some first.")];
  }
  return {
    schema,
    document: checked.document,
    operationName,
    variableValues,
    contextValue: createContext(socket.viewer, socket.remoteAddress),
    subscriber: {
      socket,
      id,
      requestKey: `${checked.key} ${operationName ?? ""} ${variables}`,
      requestsAuthorOnly: checked.requestsAuthorOnly,
    },
  };
}
