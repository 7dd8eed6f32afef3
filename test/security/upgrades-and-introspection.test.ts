import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readConfig } from "../../src/config.js";
import { TestApp } from "../support/app/test-app.js";

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start({ NODE_ENV: "production" });
});
afterAll(() => app?.stop());

const body = JSON.stringify({ query: "{ __typename }" });
const post = [
  "POST /graphql HTTP/1.1",
  "Host: localhost",
  "Content-Type: application/json",
  `Content-Length: ${body.length}`,
];
const handshake = ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"];

/** Sends bytes over a connection of their own, and resolves with all that comes back once the server has closed it. */
async function exchange(lines: readonly string[], content = ""): Promise<string> {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  socket.write(`${lines.join("\r\n")}\r\n\r\n${content}`);
  return text(socket);
}

/** The status line and what follows it, of a WebSocket that the test closes. */
async function openWebSocket(lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const [answer] = await once(socket, "data");
  socket.destroy();
  return String(answer);
}

describe("a request that offers an upgrade", () => {
  test("to h2c, as curl --http2 and Java's client do, is answered as the HTTP/1.1 request that it is", async () => {
    const upgrade = [
      "Connection: Upgrade, HTTP2-Settings, close",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
    ];
    const answer = await exchange([...post, ...upgrade], body);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('{"data":{"__typename":"Query"}');
    const health = await exchange(["GET /health HTTP/1.1", "Host: localhost", ...upgrade]);
    expect(health).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test("to h2c keeps its connection for the next request", async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    const upgrade = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"];
    socket.write(`${[...post, ...upgrade].join("\r\n")}\r\n\r\n${body}`);
    const [first] = await once(socket, "data");
    socket.write(`${[...post, "Connection: close"].join("\r\n")}\r\n\r\n${body}`);
    for (const answer of [String(first), await text(socket)]) expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test.each(["TLS/1.0", "websockets", "foo", ","])("to %j is answered too", async (protocol) => {
    const upgrade = ["Connection: Upgrade, close", `Upgrade: ${protocol}`];
    expect(await exchange([...post, ...upgrade], body)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test.each(["websocket", "WebSocket", "h2c, WEBSOCKET", "websocket , h2c"])("to %j becomes one", async (protocol) => {
    const get = [
      "GET /graphql HTTP/1.1",
      "Host: localhost",
      "Connection: Upgrade",
      `Upgrade: ${protocol}`,
      ...handshake,
    ];
    expect(await openWebSocket([...get, "Sec-WebSocket-Protocol: graphql-transport-ws"])).toMatch(/^HTTP\/1\.1 101 /);
  });

  test("to a WebSocket elsewhere is refused", async () => {
    const get = [
      "GET /elsewhere HTTP/1.1",
      "Host: localhost",
      "Connection: Upgrade",
      "Upgrade: websocket",
      ...handshake,
    ];
    expect(await exchange(get)).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe("introspection", () => {
  const queries = [
    "{ __schema { queryType { name } } }",
    '{ __type(name: "Visitor") { name } }',
    "{ ...on Query { hidden: __schema { queryType { name } } } }",
    "query ($off: Boolean = false) { ...F } fragment F on Query { __schema @include(if: $off) { queryType { name } } }",
  ];
  const refusal = expect.stringMatching(/Introspection is off.*schema\.graphql.*GRAPHQL_EXPLORER=on/);

  test.each(queries)("is refused in production, over HTTP and WebSocket, with what to do: %s", async (query) => {
    const expected = { message: refusal, extensions: { code: "GRAPHQL_VALIDATION_FAILED" } };
    expect(await app.client.fail(query)).toMatchObject(expected);
    const connection = await app.client.connect();
    await expect(connection.subscribe(query).next()).rejects.toMatchObject([expected]);
    await connection.close();
  });

  test("leaves __typename alone", async () => {
    expect(await app.client.do("{ __typename contactForm { __typename } }")).toEqual({
      __typename: "Query",
      contactForm: { __typename: "ContactForm" },
    });
  });

  test.each([
    ["production", undefined, false],
    ["production", "on", true],
    ["production", "off", false],
    ["development", undefined, true],
    ["development", "off", false],
    [undefined, undefined, true],
  ])("with NODE_ENV=%s and GRAPHQL_EXPLORER=%s: %s", (mode, explorer, isOn) => {
    expect(readConfig({ NODE_ENV: mode, GRAPHQL_EXPLORER: explorer }).introspection).toBe(isOn);
  });

  test("GRAPHQL_EXPLORER is on or off", () => {
    expect(() => readConfig({ GRAPHQL_EXPLORER: "yes" })).toThrow(/GRAPHQL_EXPLORER.*must be on or off/);
  });
});
