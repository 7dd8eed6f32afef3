import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { requestJson } from "afterchat/channel";

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
