import type { FastifyReply, FastifyRequest } from "fastify";
import { serviceUnavailable } from "../errors.js";
import { retryAfterSeconds } from "./refusals.js";
import type { Leave, RequestQueue } from "./request-queue.js";
import { maxRequestBytes } from "./sockets.js";
import { maxUnsentBytes, UnsentAnswers } from "./unsent-answers.js";

/** Lets requests run in turn, and refuses those that are too many before anything is done for them. */
export class Admission {
  readonly #queue: RequestQueue;
  readonly #callerOf: (request: FastifyRequest) => Promise<string>;
  readonly #unsent = new UnsentAnswers(maxUnsentBytes());
  readonly #turns = new WeakMap<FastifyRequest, Leave>();

  constructor(queue: RequestQueue, callerOf: (request: FastifyRequest) => Promise<string>) {
    this.#queue = queue;
    this.#callerOf = callerOf;
  }

  /** Waits for the request's turn. Answers it with 503 if it is refused. */
  async admit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const leave = await this.#queue.enter(() => this.#callerOf(request), bytesOf(request));
    if (leave === null) {
      const { message, extensions } = serviceUnavailable(retryAfterSeconds);
      return reply
        .code(503)
        .header("retry-after", retryAfterSeconds)
        .send({ errors: [{ message, extensions }] });
    }
    if (request.raw.socket.destroyed) {
      // Its client has gone while it waited.
      leave();
      return reply.hijack();
    }
    this.#turns.set(request, leave);
    reply.raw.once("close", leave);
    return undefined;
  }

  /** To be called when the answer is made. Its turn ends: clients who read slowly must not hold up others. */
  async answered(request: FastifyRequest, { raw }: FastifyReply, payload: unknown): Promise<void> {
    this.#turns.get(request)?.();
    if (typeof payload === "string") this.#unsent.add(raw, payload.length);
  }
}

/** A bound on what the request holds in memory while it waits. */
function bytesOf({ method, url, headers }: FastifyRequest): number {
  return method === "GET" ? url.length : Number(headers["content-length"] ?? maxRequestBytes);
}
