import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { classifyHealth, classifyStatus, requestJson } from "afterchat/channel";

const now = new Date("2026-03-03T12:00:00.000Z");
const never = new AbortController().signal;
let server: Server | null = null;

async function listen(answer: RequestListener): Promise<URL> {
  server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`);
}

async function hangUp(): Promise<void> {
  if (server === null) return;
  const closed = once(server.close(), "close");
  server.closeAllConnections();
  await closed;
  server = null;
}
afterEach(hangUp);

describe("A request to a vendor", () => {
  test("posts JSON and gives the answer as JSON, or as text, without the secrets that it repeats", async () => {
    const url = await listen(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      response.writeHead(422).end(`{"sent":${body},"by":"${request.headers.authorization} to chat-4711"}`);
    });
    const headers = { authorization: "Bearer hunter2hunter2" };
    const answer = await requestJson({ url, body: { text: "Hello" }, headers, signal: never, secrets: ["chat-4711"] });
    expect(answer).toMatchObject({ outcome: "answered", status: 422, body: { sent: { text: "Hello" }, by: "… to …" } });
  });

  test("that nobody can have taken is to retry; one that somebody may have taken is uncertain", async () => {
    const gone = await listen(() => {});
    await hangUp();
    expect(await requestJson({ url: gone, signal: never })).toMatchObject({
      outcome: "retry",
      failure: { code: "UNAVAILABLE", detail: expect.stringContaining("ECONNREFUSED") },
    });
    const url = await listen((request) => void (request.url === "/drop" && request.socket.destroy()));
    expect(await requestJson({ url, signal: AbortSignal.abort() })).toMatchObject({ outcome: "retry" });
    expect(await requestJson({ url: new URL("/drop", url), signal: never })).toMatchObject({
      outcome: "uncertain",
      failure: { code: "UNAVAILABLE" },
    });
    expect(await requestJson({ url, signal: never, timeoutMs: 50 })).toMatchObject({
      outcome: "uncertain",
      failure: { code: "TIMED_OUT" },
    });
  });

  test("follows no redirect: it would post the words elsewhere", async () => {
    const url = await listen((_request, response) => void response.writeHead(307, { location: "/other" }).end());
    expect(await requestJson({ url, body: {}, signal: never })).toMatchObject({ outcome: "answered", status: 307 });
  });
});

describe("A status of HTTP", () => {
  const answered = (status: number, retryAfter?: string) => ({
    outcome: "answered" as const,
    status,
    headers: new Headers(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
    body: { error: "why" },
  });

  test.each([
    [200, undefined, null],
    [204, undefined, null],
    [307, undefined, { outcome: "retry", failure: { code: "UNAVAILABLE" } }],
    [400, undefined, { outcome: "rejected", failure: { code: "CONTENT_REJECTED", detail: '400 {"error":"why"}' } }],
    [401, undefined, { outcome: "retry", failure: { code: "CREDENTIALS_INVALID" } }],
    [403, undefined, { outcome: "retry", failure: { code: "CREDENTIALS_INVALID" } }],
    [404, undefined, { outcome: "retry", failure: { code: "UNAVAILABLE" } }],
    [413, undefined, { outcome: "rejected", failure: { code: "CONTENT_REJECTED" } }],
    [429, "30", { outcome: "retry", failure: { code: "RATE_LIMITED" }, afterMs: 30_000 }],
    [429, "0", { outcome: "retry", failure: { code: "RATE_LIMITED" } }],
    [503, "Tue, 03 Mar 2026 12:01:00 GMT", { outcome: "retry", failure: { code: "UNAVAILABLE" }, afterMs: 60_000 }],
    [503, "soon", { outcome: "retry", failure: { code: "UNAVAILABLE" } }],
    [504, undefined, { outcome: "uncertain", failure: { code: "TIMED_OUT" } }],
  ])("%i with Retry-After %s means %j", (status, retryAfter, expected) => {
    const result = classifyStatus(answered(status, retryAfter), now);
    if (expected === null) expect(result).toBeNull();
    else expect(result).toMatchObject(expected);
    if (status === 429 && retryAfter === "0") expect(result).not.toHaveProperty("afterMs");
    expect(classifyHealth(answered(status, retryAfter), now).ok).toBe(expected === null);
  });
});
