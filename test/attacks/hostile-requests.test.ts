import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { text as readText } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from "graphql";
import WebSocket from "ws";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";

jest.setTimeout(120_000);

let program: Program;
let visitor: GraphqlClient;
let admin: GraphqlClient;
/** Ids that exist, by the name of the argument that takes them. */
let known: Readonly<Record<string, string>>;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const database = await createMigratedDatabase();
  closing.push(() => database.drop());
  const directory = await makeDataDirectory();
  closing.push(() => directory.remove());
  program = await Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: "an admin's password",
    IDENTITY_SECRET: "a secret of the website that is long enough",
    CHANNELS: "email,webhook",
    WEBHOOK_URL: "http://127.0.0.1:9",
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
    EMAIL_MAILGUN_SIGNING_KEY: "key-0123456789abcdef0123456789abcdef",
    // All that follows comes from one network.
    LIMITS_FACTOR: "1000",
    // Garbage is collected only when the heap is nearly full: in a large one it would look like memory that is kept.
    NODE_OPTIONS: "--max-old-space-size=192",
  });
  closing.push(() => program.end("SIGKILL"));
  admin = await program.signInAdmin("an admin's password");
  await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
  visitor = await program.client.startSession();
  const { sendMessage } = await visitor.do(
    'mutation { sendMessage(input: { text: "Is my bike ready?" }) { id conversation { id visitor { id } } } }',
  );
  known = {
    id: sendMessage.conversation.id,
    conversationId: sendMessage.conversation.id,
    messageId: sendMessage.id,
    visitorId: sendMessage.conversation.visitor.id,
  };
});
afterAll(async () => {
  for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function post(body: unknown, client: GraphqlClient = program.client): Promise<Answer> {
  const response = await fetch(`${program.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(client.token !== null && { authorization: `Bearer ${client.token}` }),
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, text: await response.text() };
}

/** Sends bytes over a connection of their own, and resolves with all that comes back once the server has closed it. */
async function exchange(bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(program.url);
  const socket = connect(Number(port), hostname);
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  // What the server refuses early it does not read to its end.
  socket.on("error", () => undefined);
  socket.write(bytes);
  await new Promise((resolve) => socket.once("close", resolve));
  return received;
}

async function timed<T>(work: Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const beganAt = performance.now();
  return { result: await work, ms: performance.now() - beganAt };
}

/** Within a second; on a machine that does other things as well, twice as long. */
const soonMs = 2_000;

const head = "Host: x\r\nConnection: close\r\n";
const small = '{"query":"{__typename}"}';
const get = (target: string, headers = "") => `GET ${target} HTTP/1.1\r\n${head}${headers}\r\n`;
const posted = (target: string, headers: string, body: string) =>
  `POST ${target} HTTP/1.1\r\n${head}${headers}\r\n${body}`;
const json = (body: string, headers = "") =>
  posted(
    "/graphql",
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}`,
    body,
  );
const query = (parameters: string) => get(`/graphql?${parameters}`, "apollo-require-preflight: 1\r\n");
const repeated = (count: number, make: (index: number) => string, separator = " ") =>
  Array.from({ length: count }, (_, index) => make(index)).join(separator);
const base64url = (text: string) => Buffer.from(text).toString("base64url");

describe("A request over TCP is answered, or refused, within a second:", () => {
  test.each<[string, string | Buffer, number]>([
    ["a header of 100,000 characters", get("/graphql", `X: ${"a".repeat(100_000)}\r\n`), 431],
    [
      "2,000 headers",
      get(
        "/health",
        repeated(2_000, (index) => `header-${index}: 1\r\n`, ""),
      ),
      431,
    ],
    ["a URL of 100,000 characters", get(`/graphql?query=${"a".repeat(100_000)}`), 431],
    ["3,500 parameters", query(`query={__typename}&${"a=1&".repeat(3_500)}`), 200],
    ["a parameter twice", query("query={__typename}&query={viewer{__typename}}"), 400],
    ["a mutation by GET", query("query=mutation{signOut}"), 405],
    ["a query without a preflight", get("/graphql?query={__typename}"), 400],
    ["variables that are a list", query("query={__typename}&variables=[1]"), 400],
    ["variables that are half an object", query("query={__typename}&variables={"), 400],
    ["two tokens", json(small, "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 401],
    ["a token of 15,000 characters", json(small, `Authorization: Bearer ${"a".repeat(15_000)}\r\n`), 401],
    ["a token after 14,000 spaces", json(small, `Authorization: Bearer ${" ".repeat(14_000)}x y\r\n`), 401],
    [
      "a form",
      posted("/graphql", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n", "a=b"),
      415,
    ],
    ["plain text", posted("/graphql", "Content-Type: text/plain\r\nContent-Length: 24\r\n", small), 400],
    ["a compressed body", json("\x1f\x8b\x08", "Content-Encoding: gzip\r\n"), 400],
    ["no body", json(""), 400],
    ["null", json("null"), 400],
    ["a batch", json(`[${repeated(1_000, () => small, ",")}]`), 400],
    ["a query that is a number", json('{"query":1}'), 400],
    ["an operation's name that is an object", json('{"query":"{__typename}","operationName":{}}'), 400],
    ["__proto__ in the variables", json('{"query":"{__typename}","variables":{"__proto__":{"a":1}}}'), 400],
    ["__proto__, escaped", json('{"query":"{__typename}","\\u005f_proto__":{"a":1}}'), 400],
    ["constructor.prototype", json('{"query":"{__typename}","variables":{"constructor":{"prototype":{}}}}'), 400],
    ["two lengths", posted("/graphql", "Content-Length: 5\r\nContent-Length: 6\r\n", "{}"), 400],
    [
      "a length and chunks",
      posted("/graphql", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      400,
    ],
    ["another transfer encoding", posted("/graphql", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400],
    ["a negative length", posted("/graphql", "Content-Length: -1\r\n", "{}"), 400],
    ["a length of 20 digits", posted("/graphql", `Content-Length: ${"9".repeat(20)}\r\n`, "{}"), 400],
    [
      "a chunk's extension of 20,000 characters",
      posted("/graphql", "Transfer-Encoding: chunked\r\n", `2;${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`),
      400,
    ],
    ["lines that end with LF only", "GET /health HTTP/1.1\nHost: x\nConnection: close\n\n", 400],
    ["NUL in a header", get("/health", "X: a\0b\r\n"), 400],
    ["no host", "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["HTTP/2 without an upgrade", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["TLS", Buffer.from("16030100a5010000a10303", "hex"), 400],
    ["TRACE", `TRACE /graphql HTTP/1.1\r\n${head}\r\n`, 404],
    ["OPTIONS *", `OPTIONS * HTTP/1.1\r\n${head}\r\n`, 404],
    ["PATCH of a webhook", `PATCH /webhooks/webhook HTTP/1.1\r\n${head}Content-Length: 2\r\n\r\n{}`, 405],
    ["an unknown expectation", json(small, "Expect: nonsense\r\n"), 417],
    ["1,300 media types to accept", json(small, `Accept: ${"a/b;q=0.1,".repeat(1_300)}\r\n`), 406],
    ["a URL of another host", posted("http://evil.example/webhooks/webhook", "Content-Length: 2\r\n", "{}"), 403],
    ["a URL that is none", posted("http://[/webhooks/webhook", "Content-Length: 2\r\n", "{}"), 400],
    ["an invalid escape", get("/mailbox/%ff"), 400],
    ["a path out of the attachments", get("/attachments/..%2f..%2f..%2fetc%2fpasswd"), 403],
    ["a link of 10,000 characters", get(`/attachments/${"a".repeat(10_000)}`), 404],
    ["an original's link that is forged", get(`/originals/${"a".repeat(60)}-zzzzzzzzzzz`), 403],
    ["6,000 segments", get(`/webhooks/email/${"a/".repeat(6_000)}`), 404],
    ["__proto__ as a channel", posted("/webhooks/__proto__", "Content-Length: 2\r\n", "{}"), 404],
    ["constructor as a channel", posted("/webhooks/constructor/toString", "Content-Length: 2\r\n", "{}"), 404],
    [
      "2,500 signatures",
      posted(
        "/webhooks/webhook",
        `webhook-id: a\r\nwebhook-timestamp: 1\r\nwebhook-signature: ${"v1,a ".repeat(2_500)}\r\nContent-Length: 2\r\n`,
        "{}",
      ),
      403,
    ],
    ["700 cookies", get("/mailbox.json", `Cookie: ${"afterchat_mailbox=x; ".repeat(700)}\r\n`), 403],
    ["a language of 6,000 characters", get("/unsubscribe/a", `Accept-Language: ${"a-".repeat(3_000)}\r\n`), 404],
    [
      "a boundary of 10,000 characters",
      posted(
        "/webhooks/email/mailgun/mime",
        `Content-Type: multipart/form-data; boundary=${"x".repeat(10_000)}\r\nContent-Length: 2\r\n`,
        "{}",
      ),
      400,
    ],
    [
      "a WebSocket with 5,000 protocols",
      `GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${"a,".repeat(5_000)}b\r\n\r\n`,
      400,
    ],
  ])("%s", async (_, bytes, status) => {
    const { result, ms } = await timed(exchange(bytes));
    expect(result.split("\r\n", 1)[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(ms).toBeLessThan(soonMs);
  });
});

/** What a `startSession` with this input returns. */
const session = (input: object) => ({
  query: "mutation ($input: StartSessionInput!) { startSession(input: $input) { kind } }",
  variables: { input },
});
const identity = (token: string) => session({ identity: { token } });
const flat = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
/** As many as are read, in nearly 256 KiB. */
const wide = Object.fromEntries(Object.entries(flat(1_900)).map(([key, value]) => [key.padEnd(120, "x"), value]));

describe("An operation is answered, or refused, within a second:", () => {
  test.each<[string, object | string, number, RegExp]>([
    ["a field 950 times", { query: `{ contactForm { ${"current ".repeat(950)} } }` }, 400, /Validation aborted/],
    ["a field 4,900 times", { query: `{ contactForm { ${"current ".repeat(4_900)} } }` }, 400, /1000 tokens/],
    [
      "a directive 10,000 times",
      { query: `{ contactForm { current ${"@skip(if:true) ".repeat(6_000)} } }` },
      400,
      /1000 tokens/,
    ],
    [
      "a directive 120 times",
      { query: `{ contactForm { current ${"@skip(if:true) ".repeat(120)} } }` },
      400,
      /only be used once/,
    ],
    [
      "fragments in a cycle",
      {
        query: `{ contactForm { ...F0 } } ${repeated(100, (index) => `fragment F${index} on ContactForm { ...F${(index + 1) % 100} }`)}`,
      },
      400,
      /within itself/,
    ],
    [
      "fragments that double 40 times",
      {
        query: `{ conversation(id: 1) { ...F0 } } ${repeated(40, (index) => `fragment F${index} on Conversation { lastMessage { conversation { ${index < 39 ? `...F${index + 1}` : "id"} } } b: lastMessage { conversation { ${index < 39 ? `...F${index + 1}` : "id"} } } }`)}`,
      },
      400,
      /levels deep/,
    ],
    ["250 KB of comments", { query: `{ __typename } #${"x".repeat(250_000)}` }, 400, /100000 are allowed/],
    [
      "a block string of 60,000 lines",
      { query: `{ conversation(id: """${"\n ".repeat(40_000)}""") { id } }` },
      200,
      /UNAUTHENTICATED/,
    ],
    [
      "450 lists in each other",
      { query: `{ conversation(id: ${"[".repeat(450)}${"]".repeat(450)}) { id } }` },
      400,
      /ID cannot represent/,
    ],
    [
      "200 objects in each other",
      { query: `{ conversations(filter: ${"{status:".repeat(200)}OPEN${"}".repeat(200)}) { nodes { id } } }` },
      400,
      /GRAPHQL_VALIDATION_FAILED/,
    ],
    ["1e400 rows", { query: "{ conversations(first: 1e400) { nodes { id } } }" }, 400, /Int cannot represent/],
    [
      "a number of 90,000 digits",
      { query: `{ conversations(first: ${"9".repeat(90_000)}) { nodes { id } } }` },
      400,
      /GRAPHQL_VALIDATION_FAILED/,
    ],
    [
      "an enum's value as a string",
      { query: '{ conversations(filter: { status: "OPEN" }) { nodes { id } } }' },
      400,
      /GRAPHQL_VALIDATION_FAILED/,
    ],
    [
      "__proto__ as an enum's value",
      { query: "{ conversations(filter: { status: __proto__ }) { nodes { id } } }" },
      400,
      /GRAPHQL_VALIDATION_FAILED/,
    ],
    [
      "__proto__ as an alias and a variable",
      {
        query:
          "query ($__proto__: Boolean = true) { __proto__: __typename constructor: __typename a: __typename @include(if: $__proto__) }",
      },
      200,
      /"Query"/,
    ],
    [
      "a name of 250 KB",
      { query: "query a { __typename }", operationName: "x".repeat(250_000) },
      400,
      /Unknown operation named/,
    ],
    [
      "several operations without a name",
      { query: "query a { __typename } query b { __typename }" },
      400,
      /Must provide operation name/,
    ],
    [
      "180 operations",
      { query: repeated(180, (index) => `query q${index} { __typename }`) },
      400,
      /Must provide operation name/,
    ],
    [
      "introspection under 60 aliases",
      { query: `{ __schema { ${repeated(60, (index) => `a${index}: types { fields { args { name } } }`)} } }` },
      400,
      /Ask for smaller pages/,
    ],
    [
      "a persisted query",
      { extensions: { persistedQuery: { version: 1, sha256Hash: "a".repeat(64) } } },
      200,
      /PERSISTED_QUERY_NOT_SUPPORTED/,
    ],
    [
      "lists in 500,000 levels",
      `{"query":"{__typename}","variables":{"a":${"[".repeat(125_000)}${"]".repeat(125_000)}}}`,
      400,
      /levels deep/,
    ],
    ["70,000 variables", { query: "{ __typename }", variables: flat(18_000) }, 400, /more than 2000 values/],
    ["18,000 unknown fields", session(flat(18_000)), 400, /more than 2000 values/],
    ["1,900 unknown fields, 120 characters each", session(wide), 400, /is not a field of its type/],
    [
      "an identity without a signature",
      identity(`${base64url('{"alg":"none"}')}.${base64url('{"sub":"1","exp":99999999999}')}.`),
      200,
      /BAD_USER_INPUT/,
    ],
    ["an identity of 250,000 segments", identity(".".repeat(250_000)), 200, /BAD_USER_INPUT/],
    ["an identity with a header of 250 KB", identity(`${"A".repeat(250_000)}.e30.AAAA`), 200, /BAD_USER_INPUT/],
    [
      "an identity with critical claims",
      identity(`${base64url('{"alg":"HS256","crit":["b64"],"b64":false}')}.e30.AAAA`),
      200,
      /BAD_USER_INPUT/,
    ],
    ["a page of 250 KB", session({ page: `/${"x".repeat(250_000)}` }), 200, /at most 2000 characters/],
    ["a page that is a script", session({ page: "javascript:alert(1)" }), 200, /BAD_USER_INPUT/],
    ["a resume code of 250 KB", session({ resume: "a".repeat(250_000) }), 200, /NEW/],
    [
      "a language and a time zone of 120 KB",
      session({ locale: "en-a-bb".repeat(17_000), timeZone: "A".repeat(120_000) }),
      200,
      /NEW/,
    ],
  ])("%s", async (_, body, status, shown) => {
    const { result, ms } = await timed(post(body));
    expect([result.status, result.text.slice(0, 2_000)]).toEqual([status, expect.stringMatching(shown)]);
    expect(result.text).not.toContain("INTERNAL_SERVER_ERROR");
    expect(ms).toBeLessThan(soonMs);
  });
});

test("a WebSocket's message that is nested deeply, or holds very many values, closes it with the reason", async () => {
  const messages = [
    [`{"type":"ping","payload":{"a":${"[".repeat(125_000)}${"]".repeat(125_000)}}}`, "levels deep"],
    [JSON.stringify({ type: "ping", payload: flat(18_000) }), "more than 2000 values"],
  ] as const;
  for (const [message, reason] of messages) {
    const webSocket = new WebSocket(`${program.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    await once(webSocket, "open");
    webSocket.send('{"type":"connection_init"}');
    await once(webSocket, "message");
    webSocket.send(message);
    const [code, said] = await once(webSocket, "close");
    expect([code, String(said)]).toEqual([4400, expect.stringContaining(reason)]);
  }
});

/** Values for every place in the schema that takes one. */
const hostile: readonly unknown[] = [
  ...[
    "",
    "a\0b",
    "\ud800",
    "\u202Egnp.exe",
    `a${"\u0301".repeat(20_000)}`,
    " ".repeat(50_000),
    "%_'\"\\;--",
    "__proto__",
  ],
  ...["00000000-0000-0000-0000-000000000000", "a@b.example\r\nBcc: c@d.example", "+275760-09-13T00:00:00.000Z"],
  base64url('["9999-12-31T23:59:59.999Z","ffffffff-ffff-4fff-bfff-ffffffffffff"]'),
  base64url('["2024-01-01T00:00:00.000Z","web\\u0000","a\\u0000\\ud800"]'),
  base64url("[".repeat(50_000)),
  ...[-1, 2_147_483_647, ["x"], { a: 1 }],
];

/** Ends the sessions that the other rows need, or removes what they use. */
const destructive = new Set([
  "changePassword",
  "eraseVisitor",
  "leaveWebsite",
  "removeAgent",
  "signOut",
  "updateAgent",
]);

test("no value in any place of the schema is an internal error, or takes longer than a second", async () => {
  const schema = buildSchema(await readFile("schema.graphql", "utf8"));
  const roots = [schema.getQueryType(), schema.getMutationType()];
  const requests = roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {})
      .filter(({ name }) => !destructive.has(name))
      .flatMap(({ name, type, args, description }) => {
        const forStaff = /dmins only/.test(description ?? "");
        const declared = args.map((argument) => `$${argument.name}: ${argument.type}`).join(", ");
        const passed = args.map((argument) => `${argument.name}: $${argument.name}`).join(", ");
        const selection = isLeafType(getNamedType(type)) ? "" : "{ __typename }";
        const text = `${root?.name.toLowerCase()} (${declared}) { ${name}(${passed}) ${selection} }`;
        return args.flatMap((argument) =>
          places(argument.type).flatMap((place) =>
            hostile.map((value) => ({
              forStaff,
              query: text,
              variables: { ...required(args), [argument.name]: put(argument.type, argument.name, place, value) },
            })),
          ),
        );
      }),
  );
  expect(requests.length).toBeGreaterThan(800);
  const wrong: string[] = [];
  const slow: number[] = [];
  const ask = async (client: GraphqlClient, asked: typeof requests) => {
    for (const { forStaff: _, ...body } of asked) {
      const { result, ms } = await timed(post(body, client));
      if (result.status >= 500 || result.text.includes("INTERNAL_SERVER_ERROR"))
        wrong.push(`${JSON.stringify(body).slice(0, 500)}: ${result.text}`);
      if (ms > soonMs) slow.push(ms);
    }
  };
  await Promise.all([
    ask(admin, requests),
    ask(
      visitor,
      requests.filter(({ forStaff }) => !forStaff),
    ),
  ]);
  expect(wrong).toEqual([]);
  expect(slow).toEqual([]);
});

/** The paths within an input of this type at which a value can stand. */
function places(type: GraphQLInputType): readonly (readonly (string | number)[])[] {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [[], ...places(nullable.ofType).map((rest) => [0, ...rest])];
  if (!isInputObjectType(nullable)) return [[]];
  const fields = Object.values(nullable.getFields());
  return [[], ...fields.flatMap((field) => places(field.type).map((rest) => [field.name, ...rest]))];
}

/** An input that is as good as its type can tell, but for this value at this place. */
function put(type: GraphQLInputType, name: string, place: readonly (string | number)[], value: unknown): unknown {
  const [next, ...rest] = place;
  const nullable = getNullableType(type);
  if (next === undefined) return value;
  if (isListType(nullable)) return [put(nullable.ofType, name, rest, value)];
  if (!isInputObjectType(nullable)) throw new Error("Only lists and objects hold other values.");
  const field = nullable.getFields()[next];
  if (field === undefined) throw new Error(`${nullable.name} has no field ${next}.`);
  return { ...required(Object.values(nullable.getFields())), [next]: put(field.type, field.name, rest, value) };
}

/** Ordinary values for those that must be given. */
function required(fields: readonly Pick<GraphQLArgument, "name" | "type">[]): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .filter(({ type }) => isNonNullType(type))
      .map(({ name, type }) => [name, ordinary(getNullableType(type), name)]),
  );
}

function ordinary(type: GraphQLInputType, name: string): unknown {
  if (isListType(type)) return [ordinary(type.ofType, name)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) return required(Object.values(type.getFields()));
  if (type.toString() === "Int") return 1;
  if (type.toString() === "Boolean") return true;
  return known[name] ?? (/email|address/i.test(name) ? "ana@visitor.example" : "email");
}

interface Load {
  readonly path: string;
  readonly type: string;
  readonly body: string | Buffer;
}

const operation = (body: object | string): Load => ({
  path: "/graphql",
  type: "application/json",
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const form = (body: Buffer): Load => ({
  path: "/webhooks/email/mailgun/mime",
  type: "application/x-www-form-urlencoded",
  body,
});

/** How long /health takes, and by how many MiB the memory grows, while 20 connections send this `times` each. */
async function flood(times: number, { path, type, body }: Load) {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const before = (await program.memory()).now;
  const healthMs: number[] = [];
  let peak = before;
  let isOver = false;
  const send = async () => {
    for (let time = 0; time < times; time += 1) {
      const headers = { "content-type": type, "content-length": Buffer.byteLength(body) };
      const sent = request(program.url + path, { method: "POST", agent, headers });
      sent.end(body);
      const [response] = await once(sent, "response");
      statuses.add(response.statusCode);
      await readText(response);
    }
  };
  const statuses = new Set<number>();
  const attack = Promise.all(Array.from({ length: 20 }, send)).finally(() => {
    isOver = true;
  });
  do {
    const { result, ms } = await timed(fetch(`${program.url}/health`));
    expect(result.status).toBe(200);
    healthMs.push(ms);
    peak = Math.max(peak, (await program.memory()).now);
  } while (!isOver);
  await attack;
  agent.destroy();
  healthMs.sort((a, b) => a - b);
  return { statuses: [...statuses], medianMs: healthMs[healthMs.length >> 1], grewBy: peak - before };
}

describe("/health answers within a quarter of a second, and memory stays, while 20 connections send", () => {
  const doubling = repeated(5, (index) => {
    const inner = index < 4 ? `...F${index + 1}` : "id status";
    return `fragment F${index} on Conversation { ${repeated(5, (alias) => `a${alias}: lastMessage { conversation { ${inner} } }`)} }`;
  });
  test.each<[string, number, Load, number]>([
    ["documents of 110 equal fields", 3, operation({ query: `{ ${"conversation(id:1){id} ".repeat(110)} }` }), 200],
    [
      "fragments in a chain of 95",
      3,
      operation({
        query: `{ contactForm { ...F0 } } ${repeated(95, (index) => `fragment F${index} on ContactForm { current ${index < 94 ? `...F${index + 1}` : ""} }`)}`,
      }),
      200,
    ],
    [
      "introspection under 20 aliases",
      1,
      operation({
        query: `{ __schema { ${repeated(20, (index) => `a${index}: types { name fields { name args { name } } }`)} } }`,
      }),
      200,
    ],
    [
      "a text of 1,300 characters that selects 20,000 fields",
      10,
      operation({ query: `{ conversation(id: 1) { ...F0 } } ${doubling}` }),
      200,
    ],
    [
      "1,900 unknown fields, 120 characters each, for a query that is frequent",
      3,
      operation({
        query: "query ($filter: ConversationFilter) { conversations(filter: $filter) { nodes { id } } }",
        variables: { filter: wide },
      }),
      400,
    ],
    [
      "250 KB of brackets",
      5,
      operation(`{"query":"{__typename}","variables":{"a":${"[".repeat(125_000)}${"]".repeat(125_000)}}}`),
      400,
    ],
    ["250 KB of variables", 5, operation({ query: "{ __typename }", variables: flat(18_000) }), 400],
    ["250 KB of &", 1, form(Buffer.alloc(250_000, "&")), 403],
    ["250 KB of fields", 1, form(Buffer.alloc(250_000, "a=b&")), 403],
  ])("%s", async (_, times, load, status) => {
    const { statuses, medianMs, grewBy } = await flood(times, load);
    expect(statuses).toEqual([status]);
    expect(medianMs).toBeLessThan(250);
    expect(grewBy).toBeLessThan(100);
    // An honest visitor is served.
    expect((await post({ query: "{ viewer { __typename } }" }, visitor)).text).toContain("Visitor");
  });
});

test("an upload of a million empty parts is refused, and the rest of it is not taken apart", async () => {
  const before = await program.cpuSeconds();
  for (let time = 0; time < 3; time += 1) {
    const response = await fetch(`${program.url}/attachments`, {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=x", authorization: `Bearer ${visitor.token}` },
      body: Buffer.alloc(15_000_000, "--x\r\n\r\n\r\n"),
    });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining("multipart/form-data")]);
  }
  // It took twelve.
  expect((await program.cpuSeconds()) - before).toBeLessThan(3);
});
