import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  getOperationAST,
  OperationTypeNode,
} from "graphql";
import { CloseCode, type Context, type ServerOptions, type SubscribePayload } from "graphql-ws";
import { badUserInput, conflict, rateLimited, serviceUnavailable, unauthenticated } from "../errors.js";
import type { Leave } from "../limits/concurrency-limit.js";
import { concurrencyLimits } from "../limits/limit-table.js";
import { readBearerToken } from "../tokens/bearer-token.js";
import { refuseSize } from "./answer-size.js";
import type { Api } from "./api.js";
import type { Bounds } from "./bounds.js";
import { type CheckedDocument, Documents } from "./documents.js";
import type { FormatError } from "./format-error.js";
import { HeldDocuments } from "./held-documents.js";
import { measureCpu } from "./measure-cpu.js";
import { costOf, refuseCost } from "./query-limits.js";
import { retryAfterSeconds } from "./refusals.js";
import { refuseVariables } from "./refuse-variables.js";
import type { RequestQueue } from "./request-queue.js";
import { SharedResults, type SubscriptionArguments } from "./shared-results.js";
import type { Socket } from "./socket.js";

const initWaitMs = 10_000;
/** In characters: every event repeats the id of its subscription. */
const maxIdLength = 255;

interface Extra {
  readonly socket: Socket;
}
type ConnectionParams = Record<string, unknown> | undefined;
type NextResult = Parameters<NonNullable<ProtocolOptions["onNext"]>>[4];
type SocketContext = Context<ConnectionParams, Extra>;
export type ProtocolOptions = ServerOptions<ConnectionParams, Extra>;

/** What sockets share. */
interface Parts {
  readonly api: Api;
  readonly bounds: Bounds;
  readonly documents: Documents;
  readonly held: HeldDocuments;
}

/** How graphql-ws serves the sockets: authentication, what is executed with which viewer, and which errors are shown. */
export function protocolOptions(api: Api, format: FormatError, bounds: Bounds): ProtocolOptions {
  const parts: Parts = { api, bounds, documents: new Documents(api), held: new HeldDocuments(api.limitsFactor) };
  const shared = new SharedResults(api, format, bounds.events);
  return {
    connectionInitWaitTimeout: initWaitMs,
    onConnect: (context) => identify(parts, context),
    onSubscribe: (context, id, payload) => prepare(parts, context, id, payload),
    execute: (args) => executeInTurn(bounds.requests, args as SubscriptionArguments),
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

/** Returning false closes the socket with 4403, unless it is closed already. */
async function identify({ api, bounds }: Parts, context: SocketContext): Promise<boolean> {
  const { connectionParams, extra } = context;
  const { socket } = extra;
  // graphql-ws would keep all that the client sent beside the token.
  Object.assign(context, { connectionParams: undefined });
  try {
    const token = readBearerToken(connectionParams?.authorization);
    const viewer = await api.authenticate(token, socket.remoteAddress);
    if (!socket.isOpen || !api.mayConnect(viewer, socket.remoteAddress)) return false;
    const entered = bounds.sockets.identify(socket.network, viewer);
    if (typeof entered === "string") {
      socket.closeAsTooMany(entered);
      return false;
    }
    socket.whenClosed(entered);
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
  const { socket, requestKey, end } = args.subscriber;
  try {
    const caller = async () => socket.viewer?.sessionId ?? socket.remoteAddress;
    const leave = await queue.enter(caller, requestKey.length);
    if (leave === null) return { errors: [serviceUnavailable(retryAfterSeconds)] };
    try {
      return await execute(args);
    } finally {
      leave();
    }
  } finally {
    end();
  }
}

type Prepared = SubscriptionArguments | readonly GraphQLError[];

/**
 * Admits an operation, or says why not. What is returned is executed by graphql-ws in any case, which ends it: also if the client
 * has completed it meanwhile.
 */
async function prepare(parts: Parts, context: SocketContext, id: string, payload: SubscribePayload): Promise<Prepared> {
  const { socket } = context.extra;
  if (id.length > maxIdLength) {
    socket.close(CloseCode.BadRequest, `The id of an operation may have ${maxIdLength} characters`);
    return [badUserInput("id", `An operation's id may have ${maxIdLength} characters.`)];
  }
  const leave = parts.bounds.sockets.beginOperation(socket);
  if (leave === null) {
    const { max } = concurrencyLimits.operationsOfSocket;
    return [conflict(`One connection carries at most ${max} operations at a time.`)];
  }
  const leaving: Leave[] = [leave];
  const end = (): void => {
    for (const leave of leaving.splice(0)) leave();
  };
  let prepared: Prepared = [];
  try {
    prepared = await admit(parts, socket, id, payload, { leaving, end });
  } finally {
    if (!("subscriber" in prepared)) end();
  }
  return prepared;
}

/** What an operation has entered, and how all of it is left. */
interface Entered {
  readonly leaving: Leave[];
  readonly end: Leave;
}

async function admit(
  { api, bounds, documents, held }: Parts,
  socket: Socket,
  id: string,
  payload: SubscribePayload,
  { leaving, end }: Entered,
): Promise<Prepared> {
  await socket.check();
  if (!socket.isOpen) return [unauthenticated("This session has ended.")];
  const caller = { bearer: socket.viewer, remoteAddress: socket.remoteAddress };
  const checked = await readDocument(documents, bounds, socket, payload.query);
  if (!("document" in checked)) return checked;
  const { document, key, requestsAuthorOnly } = checked;
  const variableValues = payload.variables ?? {};
  const operationName = payload.operationName ?? null;
  const operation = getOperationAST(document, operationName);
  if (!operation) return [new GraphQLError("Unable to identify operation")];
  const refusal =
    refuseCost(operation, socket.viewer) ??
    refuseVariables(api.schema, operation, variableValues) ??
    bounds.budget.pay(caller, costOf(operation));
  if (refusal !== null) return [refusal];
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION)
    await bounds.turns.nextFor(socket.network, costOf(operation));
  const variables = writeVariables(variableValues);
  if (variables === null) return [badUserInput("variables", "The variables are nested too deeply.")];
  const holding = held.hold(socket, checked, variables);
  if (typeof holding !== "function") return [holding];
  leaving.push(holding);
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    const subscribed = bounds.sockets.beginSubscription(socket, costOf(operation));
    if (typeof subscribed !== "function") return [subscribed];
    leaving.push(subscribed);
  }
  // graphql-ws keeps the message until the operation has ended.
  Object.assign(payload, { extensions: undefined });
  return {
    schema: api.schema,
    document,
    operationName,
    variableValues,
    contextValue: api.createContext(socket.viewer, socket.remoteAddress),
    subscriber: {
      ...{ socket, id, end, requestsAuthorOnly },
      requestKey: `${key} ${operationName ?? ""} ${variables}`,
    },
  };
}

/** The document, or why it is refused: checking one takes long, so that whoever sends many that differ has to wait. */
async function readDocument(
  documents: Documents,
  { sockets, turns, budget }: Bounds,
  socket: Socket,
  text: string,
): Promise<CheckedDocument | readonly GraphQLError[]> {
  const caller = { bearer: socket.viewer, remoteAddress: socket.remoteAddress };
  if (!documents.isKnown(text)) {
    const waitSeconds = sockets.secondsUntilRead(socket, text);
    if (waitSeconds > 0) return [rateLimited(waitSeconds)];
    if (turns.isFull(socket.network, text.length)) return [serviceUnavailable(retryAfterSeconds)];
    await turns.next(socket.network, text.length);
  }
  const spent = budget.refuseIfSpent(caller);
  if (spent !== null) return [spent];
  const spentMs = measureCpu();
  const checked = documents.check(text);
  budget.payForReading(caller, spentMs());
  return checked;
}

/** As JSON; null if JavaScript's stack ends before they do. */
function writeVariables(variables: Record<string, unknown>): string | null {
  try {
    return JSON.stringify(variables);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
