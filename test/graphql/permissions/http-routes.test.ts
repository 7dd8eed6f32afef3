import diagnostics from "node:diagnostics_channel";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { FastifyInstance, RouteOptions } from "fastify";
import { createChannelHost } from "../../../src/channel-host.js";
import {
  mailgunPost,
  mailgunSignature,
  providerSettings,
} from "../../plugins/email/inbound/providers/provider-posts.js";
import { TestApp } from "../../support/app/test-app.js";
import { post } from "../../support/app/upload.js";
import { FakeGraphApi } from "../../support/fakes/graph-api/graph-api.js";
import { FakeTelegram, token, webhookSecret } from "../../support/fakes/telegram.js";
import { FakeWebhookReceiver, webhookEvent } from "../../support/fakes/webhook-receiver.js";
import { webhookSecretOf } from "../../support/fakes/webhook-secret.js";
import { TestCallers } from "./callers.js";
import { type Caller, callers, isFormer } from "./expected-permissions.js";

/** A request whose answer says whether its caller may use a route. */
interface Attempt {
  readonly path: string;
  readonly method?: "GET" | "POST" | "OPTIONS";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What protects a route, and how to see it. `status` by caller; a route that asks for no token answers all alike. */
interface Route {
  readonly guard:
    | "none: anybody may see it"
    | "the token of a session"
    | "a signature in the URL"
    | "a signature of the vendor, or a secret"
    | "a key that is printed at the start"
    | "the routes of plugins, below";
  readonly attempts: () => Promise<readonly (readonly [Attempt, (caller: Caller) => number])[]>;
}

let graphApi: FakeGraphApi;
let telegram: FakeTelegram;
let receiver: FakeWebhookReceiver;
let testCallers: TestCallers;
/** Without a mail server, so that emails go to the dev mailbox. */
let mailboxApp: TestApp;
const routesOf = new Map<FastifyInstance, Set<string>>();

beforeAll(async () => {
  // Fastify announces every instance before it has a route.
  const listen = (message: unknown) => watch((message as { fastify: FastifyInstance }).fastify);
  diagnostics.subscribe("fastify.initialization", listen);
  try {
    graphApi = await FakeGraphApi.start();
    telegram = await FakeTelegram.start();
    receiver = await FakeWebhookReceiver.start();
    testCallers = await TestCallers.setup({
      CHANNELS: "email,messenger,instagram,telegram,webhook,console",
      EMAIL_WEBHOOK_SECRET: webhookSecretOf("a secret for emails, of 32 bytes"),
      ...providerSettings,
      ...graphApi.messengerEnvironment,
      ...graphApi.instagramEnvironment(),
      ...{ TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: webhookSecret, ...telegram.environment },
      ...receiver.environment,
    });
    mailboxApp = await TestApp.start();
  } finally {
    diagnostics.unsubscribe("fastify.initialization", listen);
  }
});
afterAll(async () => {
  await mailboxApp?.stop();
  await testCallers?.context.teardown();
  await receiver?.stop();
  await telegram?.stop();
  await graphApi?.stop();
});

function watch(fastify: FastifyInstance): void {
  const routes = new Set<string>();
  routesOf.set(fastify, routes);
  fastify.addHook("onRoute", ({ method, url }: RouteOptions) => {
    const methods = [method].flat().filter((name) => name !== "HEAD");
    // A route for all methods is listed once.
    for (const name of methods.length > 3 ? ["ANY"] : methods) routes.add(`${name} ${url}`);
  });
}

const app = () => testCallers.context.app;
const always = (status: number) => () => status;
/** For whom a token is needed: `status` for those who have one. */
const withToken = (status: number) => (caller: Caller) => (caller === "nobody" || isFormer(caller) ? 401 : status);
const host = () => {
  const email = app().services.channels.get("email");
  if (email === undefined) throw new Error("The email channel is not installed");
  return createChannelHost(app().services, email.plugin);
};

const json = { "content-type": "application/json" };
const conversations = "{ conversations { nodes { id } } }";
// A token that is needed and missing is an answer of GraphQL's; one that is not valid is refused by HTTP.
const byGraphql = (caller: Caller) => (isFormer(caller) ? 401 : 200);

/** A URL as the API gives it to staff, with the token changed in ways that must not work. */
async function signed(url: string, other: string): Promise<[Attempt, () => number][]> {
  const path = new URL(url).pathname;
  const prefix = path.slice(0, path.lastIndexOf("/") + 1);
  const given = path.slice(prefix.length);
  const changed = given.slice(0, -1) + (given.endsWith("a") ? "b" : "a");
  // What another kind of link was signed for.
  const foreign = new URL(other).pathname.split("/").at(-1) ?? "";
  return [
    [{ path }, always(200)],
    [{ path: prefix + changed }, always(403)],
    [{ path: prefix + foreign }, always(403)],
    [{ path: `${prefix}nonsense` }, always(403)],
  ];
}

async function urls(): Promise<{ attachment: string; original: string }> {
  const { agent, visitor, context } = testCallers;
  const { conversation } = await agent.client.do(
    "query ($id: ID!) { conversation(id: $id) { messages(first: 1) { nodes { attachments { url } } } } }",
    { id: visitor.conversationId },
  );
  const { inboundEmails } = await context.agent.client.do("{ inboundEmails { nodes { original { url } } } }");
  return {
    attachment: conversation.messages.nodes[0].attachments[0].url,
    original: inboundEmails.nodes[0].original.url,
  };
}

/** Every route of the program. */
const routes: Readonly<Record<string, Route>> = {
  "GET /": { guard: "none: anybody may see it", attempts: async () => [[{ path: "/" }, always(200)]] },
  "GET /demo-website.json": {
    guard: "none: anybody may see it",
    attempts: async () => [[{ path: "/demo-website.json" }, always(200)]],
  },
  "GET /repairs": { guard: "none: anybody may see it", attempts: async () => [[{ path: "/repairs" }, always(200)]] },
  "GET /rent": { guard: "none: anybody may see it", attempts: async () => [[{ path: "/rent" }, always(200)]] },
  "GET /widget": { guard: "none: anybody may see it", attempts: async () => [[{ path: "/widget" }, always(200)]] },
  "GET /console": { guard: "none: anybody may see it", attempts: async () => [[{ path: "/console" }, always(200)]] },
  "GET /console/*": {
    guard: "none: anybody may see it",
    attempts: async () => [[{ path: "/console/open/anything" }, always(200)]],
  },
  "GET /console/email-frame": {
    guard: "none: anybody may see it",
    attempts: async () => [[{ path: "/console/email-frame" }, always(200)]],
  },
  // This program has a mail server, and no dev mailbox.
  "GET /mailbox": {
    guard: "none: anybody may see it",
    attempts: async () => [[{ path: "/mailbox" }, always(404)]],
  },
  "GET /afterchat.js": {
    guard: "none: anybody may see it",
    attempts: async () => [[{ path: "/afterchat.js" }, always(200)]],
  },
  "GET /assets/*": {
    guard: "none: anybody may see it",
    attempts: async () => [[{ path: "/assets/nonsense.js" }, always(404)]],
  },
  "GET /explorer/assets/*": {
    guard: "none: anybody may see it",
    attempts: async () => [[{ path: "/explorer/assets/nonsense.js" }, always(404)]],
  },
  "GET /health": { guard: "none: anybody may see it", attempts: async () => [[{ path: "/health" }, always(200)]] },
  "GET /ready": { guard: "none: anybody may see it", attempts: async () => [[{ path: "/ready" }, always(200)]] },
  "OPTIONS /graphql": {
    guard: "none: anybody may see it",
    attempts: async () => [[{ path: "/graphql", method: "OPTIONS" }, always(204)]],
  },
  "GET /graphql": {
    guard: "the token of a session",
    attempts: async () => [
      [
        { path: `/graphql?query=${encodeURIComponent(conversations)}`, headers: { "apollo-require-preflight": "1" } },
        byGraphql,
      ],
      // What the API is, for whoever opens it in a browser.
      [{ path: "/graphql" }, always(200)],
      // A form of another website could send this.
      [{ path: `/graphql?query=${encodeURIComponent(conversations)}` }, always(400)],
    ],
  },
  "POST /graphql": {
    guard: "the token of a session",
    attempts: async () => [
      [{ path: "/graphql", method: "POST", headers: json, body: JSON.stringify({ query: conversations }) }, byGraphql],
    ],
  },
  "OPTIONS /attachments": {
    guard: "none: anybody may see it",
    attempts: async () => [[{ path: "/attachments", method: "OPTIONS" }, always(204)]],
  },
  "POST /attachments": {
    guard: "the token of a session",
    // Without a file: who may upload is told so. The upload itself is tested below.
    attempts: async () => [[{ path: "/attachments", method: "POST", headers: json, body: "{}" }, withToken(415)]],
  },
  "GET /attachments/:token": {
    guard: "a signature in the URL",
    attempts: async () => {
      const { attachment, original } = await urls();
      return signed(attachment, original);
    },
  },
  "GET /originals/:token": {
    guard: "a signature in the URL",
    attempts: async () => {
      const { attachment, original } = await urls();
      return signed(original, attachment);
    },
  },
  "ANY /webhooks/:channel": {
    guard: "the routes of plugins, below",
    attempts: async () => [[{ path: "/webhooks/nonsense", method: "POST" }, always(404)]],
  },
  "ANY /webhooks/:channel/*": {
    guard: "the routes of plugins, below",
    attempts: async () => [[{ path: "/webhooks/email/nonsense", method: "POST" }, always(404)]],
  },
  "ANY /channels/:channel": {
    guard: "the routes of plugins, below",
    attempts: async () => [[{ path: "/channels/email" }, always(404)]],
  },
  "ANY /channels/:channel/*": {
    guard: "the routes of plugins, below",
    attempts: async () => [[{ path: "/channels/email/nonsense" }, always(404)]],
  },
  "ANY /:segment": {
    guard: "the routes of plugins, below",
    attempts: async () => [[{ path: "/nonsense" }, always(404)]],
  },
  "ANY /:segment/*": {
    guard: "the routes of plugins, below",
    attempts: async () => [[{ path: "/nonsense/else" }, always(404)]],
  },
};

/** A webhook that nobody but the vendor may post to, whoever else they are. */
function webhook(path: string, status = 403): Route {
  return {
    guard: "a signature of the vendor, or a secret",
    attempts: async () => [[{ path, method: "POST", headers: json, body: "{}" }, always(status)]],
  };
}

/** Meta also asks with GET whether the webhook is ours. */
function metaWebhook(path: string): Route {
  const asked = `${path}?hub.mode=subscribe&hub.challenge=4711&hub.verify_token=`;
  return {
    guard: "a signature of the vendor, or a secret",
    attempts: async () => [
      ...(await webhook(path).attempts()),
      [{ path: `${asked}nonsense` }, always(403)],
      [{ path: asked + graphApi.verifyToken }, always(200)],
    ],
  };
}

/** What plugins add below the routes for them: `webhook` and `page` with the path that they declare. */
const pluginRoutes: Readonly<Record<string, Route>> = {
  "webhook email": webhook("/webhooks/email"),
  "webhook email/mailgun/mime": {
    guard: "a signature of the vendor, or a secret",
    attempts: async () => {
      const at = testCallers.context.now;
      const mail = {
        raw: Buffer.from("Subject: Hello\r\n\r\nHello"),
        from: "ana@home.example",
        to: "x@home.example",
        at,
      };
      const { path, headers, body } = mailgunPost(mail, mailgunSignature(at, "the key of somebody else's account"));
      return [[{ path, method: "POST", headers, body: String(body) }, always(403)]];
    },
  },
  "webhook email/postmark": webhook("/webhooks/email/postmark", 401),
  "webhook email/sendgrid": webhook("/webhooks/email/sendgrid"),
  "webhook messenger": metaWebhook("/webhooks/messenger"),
  "webhook instagram": metaWebhook("/webhooks/instagram"),
  "webhook telegram": webhook("/webhooks/telegram"),
  "webhook webhook": {
    guard: "a signature of the vendor, or a secret",
    attempts: async () => {
      const event = { type: "message", id: "1", from: "ana", text: "Hello" };
      const request = webhookEvent("http://localhost/webhooks/webhook", event, testCallers.context.now);
      const headers = Object.fromEntries(request.headers);
      const body = await request.text();
      return [
        ...(await webhook("/webhooks/webhook").attempts()),
        [{ path: "/webhooks/webhook", method: "POST", headers, body }, always(204)],
        [{ path: "/webhooks/webhook", method: "POST", headers, body: body.replace("Hello", "Hullo") }, always(403)],
      ];
    },
  },
  "page email/unsubscribe/:token": {
    guard: "a signature in the URL",
    attempts: async () => {
      const given = host().sign("unsubscribe", testCallers.visitor.conversationId);
      const reply = host().sign("reply", testCallers.visitor.conversationId);
      return ["/unsubscribe/", "/channels/email/unsubscribe/"].flatMap((path) => [
        [{ path: path + given }, always(200)] as const,
        [{ path: path + reply }, always(404)] as const,
        [{ path: `${path}nonsense` }, always(404)] as const,
        [{ path: `${path}nonsense`, method: "POST", body: "List-Unsubscribe=One-Click" }, always(404)] as const,
      ]);
    },
  },
};

interface Declared {
  readonly handleWebhook?: unknown;
  readonly webhooks?: object;
  readonly routes?: object;
}

/** The routes that the plugins of a program declare. */
function declaredRoutes({ services }: TestApp): string[] {
  return services.channels.all().flatMap(({ plugin: { id }, connection }) => {
    const declared: Declared = connection ?? {};
    return [
      ...(declared.handleWebhook === undefined ? [] : [`webhook ${id}`]),
      ...Object.keys(declared.webhooks ?? {}).map((path) => `webhook ${id}/${path}`),
      ...Object.keys(declared.routes ?? {}).map((path) => `page ${id}/${path}`),
    ];
  });
}

async function ask(url: string, { path, method = "GET", headers = {}, body }: Attempt): Promise<number> {
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  await response.arrayBuffer();
  return response.status;
}

function authorization(caller: Caller): Record<string, string> {
  const { token: bearer } = testCallers.client(caller);
  return bearer === null ? {} : { authorization: `Bearer ${bearer}` };
}

describe("the table of HTTP routes", () => {
  test("lists exactly those that the running program has", () => {
    expect(routesOf.size).toBe(2);
    for (const found of routesOf.values()) expect([...found].sort()).toEqual(Object.keys(routes).sort());
  });

  test("lists exactly what the built-in plugins add", () => {
    expect(declaredRoutes(app()).sort()).toEqual(Object.keys(pluginRoutes).sort());
    expect(declaredRoutes(mailboxApp)).toEqual(expect.arrayContaining(["page email/mailbox.json"]));
  });
});

describe.each(Object.entries({ ...routes, ...pluginRoutes }))("%s", (_, { guard, attempts }) => {
  test(`is protected by ${guard}, whoever calls it`, async () => {
    for (const [attempt, status] of await attempts()) {
      for (const caller of callers) {
        const headers = { ...authorization(caller), ...attempt.headers };
        const answered = await ask(app().url, { ...attempt, headers });
        expect({ caller, attempt, status: answered }).toEqual({ caller, attempt, status: status(caller) });
      }
    }
  });
});

test.each(callers)("POST /attachments takes a file from whoever has a session: %s", async (caller) => {
  const response = await post(testCallers.client(caller), { content: "A note" });
  expect(response.status).toBe(withToken(201)(caller));
  await response.arrayBuffer();
});

// Admins of the program itself have a test in test/e2e/dev-mailbox.test.ts.
test.each(callers)(
  "the dev mailbox needs its key, which the token of another program's session is not: %s",
  async (caller) => {
    const pages = declaredRoutes(mailboxApp).filter((route) => route.startsWith("page email/mailbox"));
    expect(pages.length).toBeGreaterThan(3);
    const note = mailboxApp.services.channels
      .get("email")
      ?.connection?.startNotes?.find((line) => line.includes("key: "));
    const key = note?.split(": ").at(-1) ?? "";
    const sent = authorization(caller);
    for (const page of pages) {
      const path = `/${page.slice("page email/".length).replaceAll(/:\w+/g, "1")}`;
      // What asks for the key.
      if (path === "/mailbox") {
        expect(await ask(mailboxApp.url, { path, headers: sent })).toBe(200);
        const wrong: Attempt = {
          path,
          method: "POST",
          headers: { ...sent, ...json },
          body: JSON.stringify({ key: "nonsense" }),
        };
        expect(await ask(mailboxApp.url, wrong)).toBe(403);
        continue;
      }
      const asked = (headers: Record<string, string>): Attempt =>
        path.endsWith("/answer")
          ? { path, method: "POST", headers: { ...headers, ...json }, body: JSON.stringify({ as: "BOUNCE" }) }
          : { path, headers };
      expect(await ask(mailboxApp.url, asked(sent))).toBe(sent.authorization === undefined ? 401 : 403);
      expect([200, 404]).toContain(await ask(mailboxApp.url, asked({ authorization: `Bearer ${key}` })));
    }
  },
);
