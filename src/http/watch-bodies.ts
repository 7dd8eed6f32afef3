import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { judgeBody, requestTimeouts } from "./request-timeouts.js";

interface Watched {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the connection, when the headers had arrived. */
  readonly bytesBefore: number;
  waitedMs: number;
  /** Zero until the response was written. */
  answeredMs: number;
}

/**
 * Ends requests whose body comes too slowly, with 408, and closes connections on which a body goes on after its response. What
 * arrives is counted at the connection, whoever reads the body or does not.
 */
export function watchBodies(server: Server): void {
  const bodies = new Set<Watched>();
  let checkedAt = performance.now();
  const timer = setInterval(() => {
    const passedMs = performance.now() - checkedAt;
    checkedAt += passedMs;
    for (const watched of bodies) check(server, watched, passedMs);
  }, requestTimeouts.checkEveryMs).unref();
  server.once("close", () => clearInterval(timer));

  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { headers, socket } = request;
    if (headers["transfer-encoding"] === undefined && !(Number(headers["content-length"]) > 0)) return;
    const watched = { request, response, bytesBefore: socket.bytesRead, waitedMs: 0, answeredMs: 0 };
    bodies.add(watched);
    request.once("close", () => bodies.delete(watched));
  });
}

function check(server: Server, watched: Watched, passedMs: number): void {
  const { request, response, bytesBefore } = watched;
  const { socket } = request;
  if (request.complete || socket.destroyed) return;
  const isAnswered = response.writableFinished;
  if (isAnswered) watched.answeredMs += passedMs;
  // What is in the buffer waits for us, not for the client.
  else if (request.readableLength === 0) watched.waitedMs += passedMs;
  const receivedBytes = socket.bytesRead - bytesBefore;
  const answeredMs = isAnswered ? watched.answeredMs : null;
  const verdict = judgeBody({ waitedMs: watched.waitedMs, receivedBytes, answeredMs }, requestTimeouts);
  if (verdict === "wait") return;
  if (verdict === "unwanted" || response.headersSent) socket.destroy();
  // As Node does for a request that takes too long; Fastify answers it.
  else server.emit("clientError", Object.assign(new Error("The body is too slow."), { code: slow }), socket);
}

const slow = "ERR_HTTP_REQUEST_TIMEOUT";
