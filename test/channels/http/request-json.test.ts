import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { requestJson } from "afterchat/channel";
import { UNTRUSTED } from "../../support/fakes/certificate.js";

const never = new AbortController().signal;
const open = new Set<Socket>();
let server: Server | null = null;

async function listen(given: Server, protocol = "http"): Promise<URL> {
  server = given.listen(0, "127.0.0.1");
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  await once(server, "listening");
  return new URL(`${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}/messages`);
}
const respondWith = (respond: RequestListener) => listen(createHttpServer(respond));
/** Responds with raw bytes. */
const respondRaw = (respond: (socket: Socket) => void) =>
  listen(createTcpServer((socket) => socket.on("error", () => {}).once("data", () => respond(socket))));

async function stopServer(): Promise<void> {
  if (server === null) return;
  const closed = once(server.close(), "close");
  for (const socket of open) socket.destroy();
  await closed;
  server = null;
}
afterEach(stopServer);

describe("A request to a vendor", () => {
  test("posts JSON and returns the response as JSON or text, without the secrets in it", async () => {
    const url = await respondWith(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      response.writeHead(422).end(`{"sent":${body},"by":"${request.headers.authorization} to chat-4711"}`);
    });
    const headers = { authorization: "Bearer hunter2hunter2" };
    const answer = await requestJson({ url, body: { text: "Hello" }, headers, signal: never, secrets: ["chat-4711"] });
    expect(answer).toMatchObject({ outcome: "answered", status: 422, body: { sent: { text: "Hello" }, by: "… to …" } });
  });

  test("removes secrets that are escaped, in text or a key, but not the values of public headers", async () => {
    const answers = [
      '{"a":"token\\/of\\/mine","token/of/mine":[{"id":"reference-1"}]}',
      "<p>token/of/mine, reference-1",
    ];
    const url = await respondWith((_request, response) => void response.end(answers.shift()));
    const ask = () =>
      requestJson({
        url,
        headers: { authorization: "Bearer token/of/mine" },
        publicHeaders: { "webhook-id": "reference-1" },
        signal: never,
      });
    expect(await ask()).toMatchObject({ body: { a: "…", "…": [{ id: "reference-1" }] } });
    expect(await ask()).toMatchObject({ body: "<p>…, reference-1" });
  });

  test("without a body is a GET, and returns the response's headers", async () => {
    const url = await respondWith(({ method, headers }, response) => {
      response.setHeader("x-more", ["1", "2"]).end(JSON.stringify({ method, type: headers["content-type"] }));
    });
    const answer = await requestJson({ url, signal: never });
    expect(answer).toMatchObject({ outcome: "answered", status: 200, body: { method: "GET" } });
    expect(answer.outcome === "answered" && answer.headers.get("x-more")).toBe("1, 2");
  });

  test("follows no redirect, which would post the content elsewhere", async () => {
    const url = await respondWith((_request, response) => void response.writeHead(307, { location: "/other" }).end());
    expect(await requestJson({ url, body: {}, signal: never })).toMatchObject({ outcome: "answered", status: 307 });
  });

  test("truncates an endless response, and returns it as text", async () => {
    const url = await respondWith((request, response) => {
      response.writeHead(503);
      const more = () => void (response.write("x".repeat(65_536)) ? setImmediate(more) : response.once("drain", more));
      more();
      request.socket.on("close", () => response.removeListener("drain", more));
    });
    const answer = await requestJson({ url, signal: never });
    expect(answer).toMatchObject({ outcome: "answered", status: 503, body: "x".repeat(1_048_576) });
  });

  test("uses a connection of its own, which is closed", async () => {
    let connections = 0;
    const url = await respondWith((_request, response) => void response.end("{}"));
    server?.on("connection", () => {
      connections += 1;
    });
    for (let count = 0; count < 3; count += 1) await requestJson({ url, body: {}, signal: never });
    expect(connections).toBe(3);
    for (const socket of open) await once(socket, "close");
  });
});

describe("A request that certainly did not arrive can be retried:", () => {
  test("nothing listens", async () => {
    const url = await respondWith(() => {});
    await stopServer();
    expect(await requestJson({ url, signal: never })).toMatchObject({
      outcome: "retry",
      failure: { code: "UNAVAILABLE", detail: expect.stringContaining("ECONNREFUSED") },
    });
  });

  test("it is aborted before it starts or connects", async () => {
    const url = await respondWith(() => {});
    const stopped = { outcome: "retry", failure: { code: "TIMED_OUT" } };
    expect(await requestJson({ url, signal: AbortSignal.abort() })).toMatchObject(stopped);
    const stop = new AbortController();
    const asked = requestJson({ url, signal: stop.signal });
    stop.abort();
    expect(await asked).toMatchObject(stopped);
  });

  test("the server's certificate is invalid, and nothing is sent to it", async () => {
    let requests = 0;
    const url = await listen(
      createHttpsServer(UNTRUSTED, () => {
        requests += 1;
      }),
      "https",
    );
    expect(await requestJson({ url, body: { text: "Hello" }, signal: never })).toMatchObject({
      outcome: "retry",
      failure: { code: "UNAVAILABLE", detail: expect.stringContaining("CERT") },
    });
    expect(requests).toBe(0);
  });

  test("the server does not support TLS, or never completes the handshake", async () => {
    const secure = ({ port }: URL) => new URL(`https://127.0.0.1:${port}`);
    const plain = await respondRaw((socket) => socket.end("220 mail.example ESMTP\r\n"));
    expect(await requestJson({ url: secure(plain), body: {}, signal: never })).toMatchObject({
      outcome: "retry",
      failure: { code: "UNAVAILABLE" },
    });
    await stopServer();
    const mute = await respondRaw(() => {});
    expect(await requestJson({ url: secure(mute), body: {}, signal: never, timeoutMs: 50 })).toMatchObject({
      outcome: "retry",
      failure: { code: "TIMED_OUT" },
    });
  });

  test("its headers or URL are invalid", async () => {
    const url = await respondWith(() => {});
    const headers = { authorization: "Bearer one\r\ntwo" };
    const answer = await requestJson({ url, headers, signal: never });
    expect(answer).toMatchObject({ outcome: "retry", failure: { code: "UNAVAILABLE" } });
    expect(JSON.stringify(answer)).not.toContain("two");
    expect(await requestJson({ url: new URL("ftp://127.0.0.1/"), signal: never })).toMatchObject({ outcome: "retry" });
  });
});

describe("A request that may have arrived is uncertain:", () => {
  const lost = { outcome: "uncertain", failure: { code: "UNAVAILABLE" } };

  test.each<[string, (socket: Socket) => void]>([
    ["the connection ends without a response", (socket) => socket.destroy()],
    ["the connection is reset", (socket) => socket.resetAndDestroy()],
    [
      "the connection ends within the response",
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"id":'),
    ],
    ["the response is not HTTP", (socket) => socket.end("What do you want?\r\n\r\n")],
    [
      "the body of the response is malformed",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx!\r\n"),
    ],
    [
      "the server switches to another protocol",
      (socket) => socket.end("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    ],
  ])("%s", async (_how, answer) => {
    expect(await requestJson({ url: await respondRaw(answer), body: { text: "Hello" }, signal: never })).toMatchObject(
      lost,
    );
  });

  test("the response, or the rest of it, is late, or the request is aborted", async () => {
    const late = { outcome: "uncertain", failure: { code: "TIMED_OUT" } };
    let received = Promise.withResolvers<void>();
    const url = await respondWith(({ url: path }, response) => {
      if (path === "/half") response.write('{"id":');
      received.resolve();
    });
    expect(await requestJson({ url, signal: never, timeoutMs: 50 })).toMatchObject(late);
    expect(await requestJson({ url: new URL("/half", url), signal: never, timeoutMs: 50 })).toMatchObject(late);
    received = Promise.withResolvers<void>();
    const stop = new AbortController();
    const asked = requestJson({ url, body: {}, signal: stop.signal });
    await received.promise;
    stop.abort();
    expect(await asked).toMatchObject(late);
  });
});
