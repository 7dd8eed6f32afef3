import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { WebSocket, WebSocketServer } from "ws";
import { Clock } from "../../src/clock.js";
import type { Api } from "../../src/graphql/api.js";
import { ByteBudget } from "../../src/graphql/byte-budget.js";
import { Socket } from "../../src/graphql/socket.js";
import { createLogger } from "../../src/logger.js";

let server: WebSocketServer;
let browser: WebSocket;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
});

afterEach(async () => {
  browser?.terminate();
  await new Promise((closed) => server.close(closed));
});

test("a browser that crashed without closing its socket was present until its last message, not until the crash was detected", async () => {
  const connected = once(server, "connection") as Promise<[WebSocket]>;
  const { port } = server.address() as AddressInfo;
  browser = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: false });
  const [[accepted]] = await Promise.all([connected, once(browser, "open")]);
  const clock = new Clock();
  const api = { clock, logger: createLogger("silent") } as Api;
  const socket = new Socket("id", "127.0.0.1", accepted, api, new ByteBudget(1_000, () => undefined));

  clock.advance(10_000);
  const sentAt = clock.now();
  const received = once(accepted, "message");
  browser.send("still there");
  await received;
  clock.advance(12_000);
  socket.ping();
  clock.advance(12_000);
  const ended = once(accepted, "close");
  socket.ping();
  await ended;
  const sinceMs = socket.lastSeenAt.getTime() - sentAt.getTime();
  expect(sinceMs).toBeGreaterThanOrEqual(0);
  expect(sinceMs).toBeLessThan(12_000);
});
