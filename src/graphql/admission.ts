import type { FastifyReply, FastifyRequest } from "fastify";
import { serviceUnavailable } from "../errors.js";
import { retryAfterSeconds } from "./refusals.js";
import type { Leave, RequestQueue } from "./request-queue.js";
import { maxRequestBytes } from "./sockets.js";
import { maxUnsentBytes, UnsentAnswers } from "./unsent-answers.js";

const leaveKey = Symbol("leave");

/** A property, because a WeakMap costs each request 2 % of its time. */
interface AdmittedRequest extends FastifyRequest {
  [leaveKey]?: Leave;
}

/** Lets requests run in turn, and refuses those that are too many before anything is done for them. */
export class Admission {
  readonly #queue: RequestQueue;
  readonly #callerOf: (request: FastifyRequest) => Promise<string>;
  readonly #unsent = new UnsentAnswers(maxUnsentBytes());

  constructor(queue: RequestQueue, callerOf: (request: FastifyRequest) => Promise<string>) {
    this.#queue = queue;
    this.#callerOf = callerOf;
  }

  /** Calls `done` when it is the request's turn. Answers it with 503 if it is refused. */
  admit(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    const leave = this.#queue.tryEnter();
    if (leave === null) this.#wait(request, reply).then((isAdmitted) => isAdmitted && done(), done);
    else {
      this.#begin(request, reply, leave);
      done();
    }
  }

  async #wait(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    const leave = await this.#queue.enter(() => this.#callerOf(request), bytesOf(request));
    if (leave === null) {
      const { message, extensions } = serviceUnavailable(retryAfterSeconds);
      reply
        .code(503)
        .header("retry-after", retryAfterSeconds)
        .send({ errors: [{ message, extensions }] });
      return false;
    }
    if (request.raw.socket.destroyed) {
      // Its client has gone while it waited.
      leave();
      reply.hijack();
      return false;
    }
    this.#begin(request, reply, leave);
    return true;
  }

  #begin(request: AdmittedRequest, { raw }: FastifyReply, leave: Leave): void {
    request[leaveKey] = leave;
    raw.once("close", () => {
      leave();
      this.#unsent.remove(raw);
    });
  }

  /** To be called when the answer is made. Its turn ends: clients who read slowly must not hold up others. */
  answered(request: AdmittedRequest, { raw }: FastifyReply, payload: unknown): void {
    const leave = request[leaveKey];
    if (leave === undefined) return;
    leave();
    // A client that has gone already will not close it again.
    if (typeof payload === "string" && !raw.closed) this.#unsent.add(raw, payload.length);
  }
}

/** A bound on what the request holds in memory while it waits. */
function bytesOf({ method, url, headers }: FastifyRequest): number {
  return method === "GET" ? url.length : Number(headers["content-length"] ?? maxRequestBytes);
}
