import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fastify, { type FastifyInstance } from "fastify";
import type { ChannelConnection } from "../../../src/channels/channel.js";
import { registerChannelRoutes } from "../../../src/channels/http/channel-routes.js";
import { BodyReader } from "../../../src/http/body-reader.js";
import { MemoryShares } from "../../../src/limits/memory-shares.js";
import { createServices, type TestServices } from "../../support/services/create-services.js";
import { fakePlugin, never } from "../../support/services/fake-channel.js";

const bodyMemoryBytes = 4 * 1_048_576;
let context: TestServices;
let server: FastifyInstance;
let origin: string;
/** The requests that the plugin "pigeon" received, and how it responds. */
const received: { method: string; url: string; headers: Headers; body: Buffer; parameters: object }[] = [];
let respond: (request: Request) => Promise<Response>;
let aborted: AbortSignal | undefined;

const record = async (request: Request, parameters: object = {}): Promise<Response> => {
  const body = Buffer.from(await request.clone().arrayBuffer());
  received.push({ method: request.method, url: request.url, headers: request.headers, body, parameters });
  return respond(request);
};

const pigeon: Partial<ChannelConnection> = {
  handleWebhook: record,
  webhooks: {
    "mail/mime": record,
    "mail/:box": record,
    broken: () => Promise.reject(new Error("no cause may leave")),
  },
  routes: {
    "": record,
    mailbox: record,
    "mailbox/:mail": record,
    "mailbox/:mail/html": record,
    "mailbox/keys": async () => new Response("the keys"),
    "hidden/:token": () => Promise.reject(new Error("no cause may leave")),
  },
  shortRoutes: ["mailbox", "graphql"],
};

beforeAll(async () => {
  context = await createServices({
    channels: [
      fakePlugin("pigeon", { connection: pigeon }),
      fakePlugin("silent"),
      fakePlugin("unset", { configure: () => undefined }),
      fakePlugin("down", { connect: () => Promise.reject(new Error("no")) }),
    ],
    deadlines: { handleMs: 500 },
  });
  server = fastify();
  registerChannelRoutes(server, context.services, new BodyReader(new MemoryShares(bodyMemoryBytes), () => "a network"));
  server.post("/graphql", async (request) => ({ parsed: request.body }));
  server.get("/health", async () => ({ ok: true }));
  origin = await server.listen({ port: 0, host: "127.0.0.1" });
  // Channels may connect after the server listens.
  await context.services.channels.connectAll();
});
afterAll(async () => {
  await server.close();
  await context.stop();
});

function respondWith(response: () => Response): void {
  respond = async () => response();
  received.length = 0;
}

/** A stream that sends something, and no end unless it is told to. */
function endless(text: string, signal?: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(text));
      signal?.addEventListener("abort", () => controller.close());
    },
  });
}

const messageOf = async (response: Response) => ((await response.json()) as { message: string }).message;

describe("A webhook", () => {
  test("is passed to the plugin with its raw body, its headers and the public URL", async () => {
    respondWith(() => new Response("taken", { status: 202, headers: { "x-own": "yes" } }));
    const body = Buffer.concat([
      Buffer.from('{ "text":"caf\\u00e9 \\/ é",\r\n"a":1.0,"a":2}'),
      Buffer.from([0xff, 0x00]),
    ]);
    for (const contentType of ["application/json", "text/plain; charset=latin1", "image/png", "half/", "; ;"]) {
      const response = await fetch(`${origin}/webhooks/pigeon?hub.mode=a%20b&x=é`, {
        method: "POST",
        body,
        headers: { "content-type": contentType, "x-hub-signature-256": "sha256=ab", cookie: "a=1; b=2" },
      });
      expect(response.status).toBe(202);
      expect(response.headers.get("x-own")).toBe("yes");
      expect(await response.text()).toBe("taken");
      const taken = received.pop();
      expect(taken?.body.equals(body)).toBe(true);
      expect(taken?.method).toBe("POST");
      expect(taken?.url).toBe("https://chat.example.com/webhooks/pigeon?hub.mode=a%20b&x=%C3%A9");
      expect(taken?.headers.get("content-type")).toBe(contentType);
      expect(taken?.headers.get("x-hub-signature-256")).toBe("sha256=ab");
      expect(taken?.headers.get("cookie")).toBe("a=1; b=2");
    }
  });

  test("may be a GET, a HEAD or a POST without a body, and can have a binary response", async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);
    respondWith(() => new Response(bytes, { headers: { "content-type": "application/octet-stream" } }));
    const got = await fetch(`${origin}/webhooks/pigeon?hub.challenge=42`);
    expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
    const head = await fetch(`${origin}/webhooks/pigeon`, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-type")).toBe("application/octet-stream");
    expect((await head.arrayBuffer()).byteLength).toBe(0);
    const post = await fetch(`${origin}/webhooks/pigeon`, { method: "POST" });
    expect(post.status).toBe(200);
    expect(received.map(({ method, body }) => [method, body.length])).toEqual([
      ["GET", 0],
      ["GET", 0],
      ["POST", 0],
    ]);
  });

  test("is accepted up to 1 MiB, and rejected with 413 above", async () => {
    respondWith(() => new Response("taken"));
    const send = (size: number) =>
      fetch(`${origin}/webhooks/pigeon`, { method: "POST", body: Buffer.alloc(size, "é") });
    expect((await send(1_048_576)).status).toBe(200);
    expect(received.pop()?.body.length).toBe(1_048_576);
    const rejected = await send(1_048_577);
    expect(rejected.status).toBe(413);
    expect(await rejected.json()).toMatchObject({ statusCode: 413, message: expect.any(String) });
    expect(received).toEqual([]);
  });

  test("may have further paths, with the same raw body and limit", async () => {
    respondWith(() => new Response("taken"));
    const body = Buffer.from([0xff, 0x00, 0x25]);
    for (const [path, parameters] of [
      ["mail/mime", {}],
      ["mail/a%2Fb/", { box: "a/b" }],
      ["", {}],
    ] as const) {
      const response = await fetch(`${origin}/webhooks/pigeon/${path}?x=1`, { method: "POST", body });
      expect(response.status).toBe(200);
      const taken = received.pop();
      expect(taken?.url).toBe(`https://chat.example.com/webhooks/pigeon/${path}?x=1`);
      expect(taken?.parameters).toEqual(parameters);
      expect(taken?.body.equals(body)).toBe(true);
    }
    const tooLarge = { method: "POST", body: Buffer.alloc(1_048_577) };
    expect((await fetch(`${origin}/webhooks/pigeon/mail/mime`, tooLarge)).status).toBe(413);
    const unknown = await fetch(`${origin}/webhooks/pigeon/mail`, { method: "POST", body });
    expect([unknown.status, await messageOf(unknown)]).toEqual([404, 'Channel "pigeon" has no such webhook.']);
    const broken = await fetch(`${origin}/webhooks/pigeon/broken`, { method: "POST", body });
    expect([broken.status, await messageOf(broken)]).toEqual([
      500,
      'Channel "pigeon" failed to respond: try again later.',
    ]);
  });

  test("ignores another host in the request", async () => {
    respondWith(() => new Response("taken"));
    for (const path of ["http://evil.example/webhooks/pigeon", "/webhooks/pigeon"]) {
      const status = await new Promise((resolve, reject) => {
        const { port } = new URL(origin);
        const outgoing = httpRequest(
          { port, host: "127.0.0.1", path, headers: { host: "evil.example" } },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        );
        outgoing.on("error", reject).end();
      });
      expect(status).toBe(200);
      expect(received.pop()?.url).toBe("https://chat.example.com/webhooks/pigeon");
    }
  });

  test.each([
    [404, "nobody", 'There is no channel "nobody".'],
    [404, "silent", 'Channel "silent" has no webhook.'],
    [503, "unset", 'Channel "unset" is not configured.'],
    [503, "down", 'Channel "down" is not connected: try again later.'],
  ])("responds with %i for channel %s", async (status, channel, message) => {
    const response = await fetch(`${origin}/webhooks/${channel}`, { method: "POST", body: "x" });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await messageOf(response)).toBe(message);
  });

  test("responds with 405 to other methods", async () => {
    for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const response = await fetch(`${origin}/webhooks/pigeon`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD, POST");
    }
  });

  test.each([
    ["throws", () => Promise.reject(new Error("the token is abc"))],
    ["returns nothing", async () => undefined as unknown as Response],
    ["returns an error response", async () => Response.error()],
    [
      "returns a response that was already read",
      async () => {
        const response = new Response("read");
        await response.text();
        return response;
      },
    ],
  ])("responds with 500 without the cause, and logs it, when the plugin %s", async (_, handler) => {
    respond = handler;
    const logged = context.lines.length;
    const response = await fetch(`${origin}/webhooks/pigeon`, { method: "POST", body: "x" });
    expect(response.status).toBe(500);
    expect(await messageOf(response)).toBe('Channel "pigeon" failed to respond: try again later.');
    expect(context.lines.slice(logged)).toEqual([
      expect.stringMatching(/^error .*"channel":"pigeon","route":"webhook"/),
    ]);
  });

  test("responds with 504 when the plugin hangs, and aborts the request", async () => {
    respond = (request) => {
      aborted = request.signal;
      return never();
    };
    const response = await fetch(`${origin}/webhooks/pigeon`, { method: "POST", body: "x" });
    expect(response.status).toBe(504);
    expect(aborted?.aborted).toBe(true);
  });
});

describe("A channel's pages", () => {
  test("are served under /channels and by short routes, with decoded segments", async () => {
    respondWith(() => new Response("page"));
    const paths = {
      "/channels/pigeon": {},
      "/channels/pigeon/": {},
      "/channels/pigeon/mailbox": {},
      "/channels/pigeon/mailbox/a%2Fb%20%C3%A9?x=1": { mail: "a/b é" },
      "/channels/pigeon/mailbox/1/html": { mail: "1" },
      "/mailbox": {},
      "/mailbox/": {},
      "/mailbox/7": { mail: "7" },
      "/mailbox/7/html": { mail: "7" },
    };
    for (const [path, parameters] of Object.entries(paths)) {
      expect([path, (await fetch(origin + path)).status]).toEqual([path, 200]);
      const taken = received.pop();
      expect(taken?.parameters).toEqual(parameters);
      expect(taken?.url).toBe(`https://chat.example.com${path}`);
    }
    expect(await (await fetch(`${origin}/mailbox/keys`)).text()).toBe("the keys");
  });

  test("are not served otherwise, and do not replace the server's own paths", async () => {
    const missing = [
      "/channels/pigeon/letters",
      "/channels/pigeon/mailbox/1/2/3",
      "/channels/pigeon/mailbox//html",
      "/channels/pigeon/mailbox/%FF",
      "/channels/nobody/mailbox",
      "/letters",
      "/letters/1",
      "/graphql",
      "/graphql/mailbox",
      "//mailbox",
    ];
    for (const path of missing) {
      const response = await fetch(origin + path);
      expect([path, response.status >= 400 && response.status < 500]).toEqual([path, true]);
    }
    const graphql = await fetch(`${origin}/graphql`, {
      method: "POST",
      body: '{"a":1}',
      headers: { "content-type": "application/json" },
    });
    expect(await graphql.json()).toEqual({ parsed: { a: 1 } });
    expect(await (await fetch(`${origin}/health`)).json()).toEqual({ ok: true });
    expect((await fetch(`${origin}/channels/unset/mailbox`)).status).toBe(503);
    expect((await fetch(`${origin}/mailbox/1`, { method: "DELETE" })).status).toBe(405);
  });

  test("may set several cookies and redirect, and get secure default headers unless they set their own", async () => {
    respondWith(() => {
      const headers = new Headers({ location: "./next", "referrer-policy": "same-origin" });
      headers.append("set-cookie", "a=1; HttpOnly");
      headers.append("set-cookie", "b=2; Expires=Tue, 03 Mar 2026 12:00:00 GMT");
      return new Response(null, { status: 303, headers });
    });
    const response = await fetch(`${origin}/mailbox`, { method: "POST", body: "key=1", redirect: "manual" });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("./next");
    expect(response.headers.getSetCookie()).toEqual(["a=1; HttpOnly", "b=2; Expires=Tue, 03 Mar 2026 12:00:00 GMT"]);
    expect(response.headers.get("referrer-policy")).toBe("same-origin");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    respondWith(() => new Response(null, { status: 204 }));
    const empty = await fetch(`${origin}/mailbox`);
    expect(empty.status).toBe(204);
    expect(empty.headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("may be streams, whose request is aborted once the client has gone", async () => {
    const [begun, ended] = [Promise.withResolvers<Request>(), Promise.withResolvers<void>()];
    respond = async (request) => {
      request.signal.addEventListener("abort", () => ended.resolve());
      begun.resolve(request);
      return new Response(endless("first"));
    };
    // Not with fetch, which would open another connection for what may come next.
    const outgoing = httpRequest(`${origin}/mailbox`, { agent: false });
    const received = new Promise<string>((resolve, reject) => {
      outgoing.on("response", (response) => response.on("data", (chunk) => resolve(String(chunk))));
      outgoing.on("error", reject).end();
    });
    expect(await received).toBe("first");
    expect((await begun.promise).signal.aborted).toBe(false);
    outgoing.destroy();
    await ended.promise;
  });

  test("do not expose a token in their path to the log", async () => {
    const response = await fetch(`${origin}/channels/pigeon/hidden/s3cret`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/s3cret|no cause/);
    expect(context.lines.at(-1)).toContain('"route":"hidden/:token"');
    expect(context.lines.join()).not.toContain("s3cret");
  });
});

test("A server that closes asks streams to end, and does not wait for their connections", async () => {
  const closing = fastify();
  registerChannelRoutes(
    closing,
    context.services,
    new BodyReader(new MemoryShares(bodyMemoryBytes), () => "a network"),
  );
  const url = await closing.listen({ port: 0, host: "127.0.0.1" });
  respond = async ({ signal }) => new Response(endless("first", signal));
  const response = await fetch(`${url}/mailbox`);
  await closing.close();
  expect(await response.text()).toBe("first");
});
