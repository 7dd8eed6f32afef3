import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Data } from "../../support/app/graphql-client.js";
import type { AccountKind } from "../../support/fakes/graph-api/graph-api.js";
import { postWebhook, signWebhookBody, writeWebhookBody } from "../../support/fakes/graph-api/webhook-post.js";
import { MetaContext } from "./meta-context.js";

const loginSecret = "the-secret-of-the-app-for-Instagram-Login";

let meta: MetaContext;

beforeAll(async () => {
  meta = await MetaContext.setup(({ appSecret }) => ({ INSTAGRAM_APP_SECRET: `${appSecret},${loginSecret}` }));
});
afterEach(() => {
  meta.graphApi.behave();
  meta.graphApi.echoes = "none";
});
afterAll(() => meta?.teardown());

const urlOf = (kind: AccountKind) => `${meta.context.app.url}/webhooks/${kind === "page" ? "messenger" : "instagram"}`;

/** Posts a body with the given headers. */
async function send(body: Buffer | string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(urlOf("page"), { method: "POST", headers, body: new Uint8Array(Buffer.from(body)) });
  await response.arrayBuffer();
  return response.status;
}

const envelope = (messaging: readonly object[], more: Data = {}) =>
  writeWebhookBody({
    object: "page",
    entry: [{ id: meta.graphApi.pageId, time: meta.now.getTime(), messaging }],
    ...more,
  });

const bodyOf = (text: string) => envelope([meta.event("page", meta.nextId(), { message: { mid: `m_${text}`, text } })]);

async function isStored(text: string, kind: AccountKind = "page"): Promise<boolean> {
  return (await meta.find(kind, "", text)) !== null;
}

/** All rows of all tables, as text. */
async function dumpDatabase(): Promise<string> {
  const tables = (await meta.context.app.execute(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
  )) as Data[];
  const rows: unknown[] = [];
  for (const { name } of tables) {
    const bytes = name === "inbound_originals" ? ", convert_from(content, 'UTF8') AS content" : "";
    rows.push(...(await meta.context.app.execute(`SELECT to_jsonb(stored) AS stored${bytes} FROM ${name} AS stored`)));
  }
  return JSON.stringify(rows);
}

describe("Meta's webhook endpoint", () => {
  test("returns the challenge with the right verify token, and 403 otherwise", async () => {
    await meta.graphApi.webhooks.shakeHands("page");
    await meta.graphApi.webhooks.shakeHands("instagram");
    const ask = async (query: Record<string, string>) => {
      const response = await fetch(`${urlOf("page")}?${new URLSearchParams(query)}`);
      await response.text();
      return response.status;
    };
    const correct = { "hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": meta.graphApi.verifyToken };
    expect(await ask(correct)).toBe(200);
    expect(await ask({ ...correct, "hub.verify_token": `${meta.graphApi.verifyToken}x` })).toBe(403);
    expect(await ask({ ...correct, "hub.mode": "unsubscribe" })).toBe(403);
    expect(await ask({})).toBe(403);
  });

  test("a bad signature → 403, nothing stored: missing, with another secret, over re-serialised text", async () => {
    const body = bodyOf("Zażółć/gęślą");
    const good = signWebhookBody(meta.graphApi.appSecret, body);
    expect(await send(body, {})).toBe(403);
    expect(await send(body, { "x-hub-signature-256": "sha256=" })).toBe(403);
    expect(await send(body, { "x-hub-signature-256": good.replace("sha256=", "sha1=") })).toBe(403);
    expect(await send(body, { "x-hub-signature-256": signWebhookBody("another secret", body) })).toBe(403);
    expect(await send(JSON.stringify(JSON.parse(body.toString())), { "x-hub-signature-256": good })).toBe(403);
    expect(await isStored("Zażółć/gęślą")).toBe(false);
    expect(await send(body, { "x-hub-signature-256": good })).toBe(200);
    expect(await isStored("Zażółć/gęślą")).toBe(true);
  });

  test.each([
    ["not JSON", "{", 400],
    ["JSON of another shape", '{"object":"page"}', 400],
    ["a list", "[]", 400],
    ["about an unknown object", '{"object":"permissions","entry":[{"id":"1"}]}', 200],
    [
      "the dashboard's test",
      '{"object":"page","entry":[{"id":"0","time":1,"changes":[{"field":"messages","value":{}}]}]}',
      200,
    ],
    [
      "for another Page",
      '{"object":"page","entry":[{"id":"999","messaging":[{"sender":{"id":"1"},"recipient":{"id":"999"},"message":{"mid":"m_foreign","text":"foreign"}}]}]}',
      200,
    ],
  ])("a body that is %s stores nothing", async (_, body, status) => {
    const before = (await meta.conversations("page")).length;
    expect(await postWebhook(urlOf("page"), meta.graphApi.appSecret, Buffer.from(body))).toBe(status);
    expect(await meta.conversations("page")).toHaveLength(before);
  });

  test("standby events and unknown kinds of events store nothing and are not errors", async () => {
    const { pageId, appSecret } = meta.graphApi;
    const event = meta.event("page", meta.nextId(), { message: { mid: "m_standby", text: "To another app" } });
    const body = writeWebhookBody({
      object: "page",
      entry: [
        { id: pageId, time: 1, standby: [event] },
        { id: pageId, messaging: [meta.event("page", meta.nextId(), { pass_thread_control: {} }), null, 7, {}] },
        "nonsense",
      ],
    });
    expect(await postWebhook(urlOf("page"), appSecret, body)).toBe(200);
    expect(await isStored("To another app")).toBe(false);
  });

  test("a body of 1 MiB is accepted, a larger one is rejected with 413", async () => {
    const fill = (sizeBytes: number) => {
      const body = (padding: string) =>
        envelope(
          [meta.event("page", meta.nextId(), { message: { mid: `m_${sizeBytes}`, text: `Large ${sizeBytes}` } })],
          { padding },
        );
      return body("x".repeat(sizeBytes - body("").length));
    };
    expect(await postWebhook(urlOf("page"), meta.graphApi.appSecret, fill(1_048_576))).toBe(200);
    expect(await isStored("Large 1048576")).toBe(true);
    expect(await postWebhook(urlOf("page"), meta.graphApi.appSecret, fill(1_048_577))).toBe(413);
  });

  test("an unavailable database → 503, and when it is sent again it is stored once", async () => {
    const body = bodyOf("While the database is unavailable");
    await meta.context.app.execute("ALTER TABLE inbound_events RENAME TO away");
    expect(await postWebhook(urlOf("page"), meta.graphApi.appSecret, body)).toBe(503);
    await meta.context.app.execute("ALTER TABLE away RENAME TO inbound_events");
    expect(await postWebhook(urlOf("page"), meta.graphApi.appSecret, body)).toBe(200);
    expect(await isStored("While the database is unavailable")).toBe(true);
  });
});

describe("A visitor's message on Messenger or Instagram", () => {
  test("starts a conversation, and gives the visitor the name in their profile", async () => {
    const ana = await meta.user("page", "Do you repair tandems?");
    await meta.context.app.tick();
    expect((await meta.conversation(ana)).visitor.name).toBe("Ana Silva");
    await meta.reply(ana, "We do.");
    await meta.context.app.tick();
    expect((await meta.messages(ana)).at(-1)).toMatchObject({ forwardedTo: "Ana Silva on Messenger" });
  });

  test("keeps a name that is already known, and leaves it empty if Meta provides none", async () => {
    const ana = await meta.user();
    await meta.context.agent.client.do(
      "mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }",
      {
        input: { visitorId: ana.visitorId, name: "Anna from the harbour" },
      },
    );
    await meta.context.app.tick();
    expect((await meta.conversation(ana)).visitor.name).toBe("Anna from the harbour");
    const stranger = meta.nextId();
    await meta.graphApi.post("page", [
      meta.event("page", stranger, { message: { mid: "m_stranger", text: "Who am I?" } }),
    ]);
    await meta.context.app.tick();
    const found = await meta.find("page", stranger, "Who am I?");
    expect((await meta.conversation(found ?? ana)).visitor.name).toBeNull();
  });

  test("is stored once however often it is repeated, even concurrently, in the order of Meta's timestamps", async () => {
    const id = meta.nextId();
    const at = (seconds: number) => new Date(meta.now.getTime() - 60_000 + seconds * 1000);
    const events = [3, 1, 2].map((index) =>
      meta.event("page", id, { message: { mid: `m_${id}_${index}`, text: `Line ${index}` } }, at(index)),
    );
    expect(await Promise.all([meta.graphApi.post("page", events), meta.graphApi.post("page", events)])).toEqual([
      200, 200,
    ]);
    const ana = await meta.find("page", id, "Line 1");
    expect(ana && (await meta.texts(ana)).toSorted()).toEqual(["Line 1", "Line 2", "Line 3"]);
    await meta.graphApi.post("page", events);
    expect(ana && (await meta.texts(ana)).length).toBe(3);
    const again = meta.nextId();
    const inOrder = [3, 1, 2].map((index) =>
      meta.event("page", again, { message: { mid: `m_${again}_${index}`, text: `Turn ${index}` } }, at(index)),
    );
    await meta.graphApi.post("page", inOrder);
    const bea = await meta.find("page", again, "Turn 1");
    expect(bea && (await meta.texts(bea))).toEqual(["Turn 1", "Turn 2", "Turn 3"]);
  });

  test("on Instagram, received through both connections, is stored once", async () => {
    const id = meta.nextId();
    const event = meta.event("instagram", id, { message: { mid: `m_${id}`, text: "Both ways" } });
    const body = writeWebhookBody({
      object: "instagram",
      entry: [{ id: meta.graphApi.instagramId, messaging: [event] }],
    });
    const secrets = [meta.graphApi.appSecret, loginSecret];
    const posted = secrets.map((secret) => postWebhook(urlOf("instagram"), secret, body));
    expect(await Promise.all(posted)).toEqual([200, 200]);
    const ana = await meta.find("instagram", id, "Both ways");
    expect(ana && (await meta.texts(ana))).toEqual(["Both ways"]);
  });

  test("that Meta delivers a day late counts from when it was written for the reply window", async () => {
    const ana = await meta.user();
    await meta.context.app.pass(3600);
    const early = new Date(meta.now.getTime() - 1800_000);
    await meta.graphApi.post("page", [
      meta.event("page", ana.id, { message: { mid: `late_${ana.id}`, text: "Late" } }, early),
    ]);
    expect((await meta.messages(ana)).at(-1)).toMatchObject({ text: "Late", sentAt: early.toISOString() });
  });

  test("that arrives late does not close the window that a newer one has opened", async () => {
    const ana = await meta.user();
    await meta.context.passDays(1.25);
    const yesterday = new Date(meta.now.getTime() - 26 * 3600_000);
    await meta.graphApi.say("page", ana.id, "Newer");
    await meta.graphApi.post("page", [
      meta.event("page", ana.id, { message: { mid: `old_${ana.id}`, text: "Older" } }, yesterday),
    ]);
    await meta.reply(ana, "It is.");
    await meta.context.app.tick();
    expect(meta.graphApi.taken.at(-1)).toMatchObject({ recipient: ana.id, text: "It is.", sentAs: "RESPONSE" });
  });

  test("that replies to an agent's message marks it as read", async () => {
    const ana = await meta.user();
    await meta.reply(ana, "It is.");
    await meta.context.app.tick();
    const [sent] = meta.graphApi.taken.slice(-1);
    const message = { mid: `answer_${ana.id}`, text: "Great", reply_to: { mid: sent?.messageId } };
    await meta.graphApi.post("page", [meta.event("page", ana.id, { message })]);
    expect(await meta.messages(ana)).toMatchObject([
      {},
      { text: "It is.", read: true, deliveries: [{ status: "DELIVERED" }] },
      { text: "Great", author: { __typename: "Visitor" } },
    ]);
  });

  test("may be a button, a reaction, a thumbs-up or a heart, and its meaning is shown", async () => {
    const ana = await meta.user("instagram");
    const thumb = {
      type: "image",
      payload: { url: "https://scontent.fbcdn.net/thumb.png", sticker_id: 369239263222822 },
    };
    await meta.graphApi.post("instagram", [
      meta.event("instagram", ana.id, { postback: { mid: `p_${ana.id}`, title: "Opening hours", payload: "HOURS" } }),
      meta.event("instagram", ana.id, { message: { mid: `t_${ana.id}`, attachments: [thumb] } }),
      meta.event("instagram", ana.id, { message: { mid: `u_${ana.id}`, attachments: [{ type: "like_heart" }] } }),
      meta.event("instagram", ana.id, { reaction: { mid: "m_x", action: "react", emoji: "😍" } }),
    ]);
    expect((await meta.texts(ana)).slice(1).toSorted()).toEqual(
      ["Opening hours", "[Reacted: 😍]", "👍", "❤️"].toSorted(),
    );
  });
});

describe("A visitor of Messenger", () => {
  test("may write without a rate limit, and reopens a closed conversation", async () => {
    const ana = await meta.user();
    await meta.context.agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
      id: ana.conversationId,
    });
    const lines = Array.from({ length: 30 }, (_, line) => `Line ${line}`);
    const events = lines.map((text, line) =>
      meta.event("page", ana.id, { message: { mid: `${ana.id}_${line}`, text } }),
    );
    await meta.graphApi.post("page", events);
    const { status, messages } = await meta.conversation(ana);
    expect(status).toBe("OPEN");
    expect(messages.nodes).toHaveLength(31);
  });

  test("who is erased leaves no texts, name or id; later messages belong to a new visitor", async () => {
    const id = "77700011122233344";
    meta.graphApi.meet("page", id, { first: "Xanthippe", last: "Zwiebel" });
    meta.graphApi.files.set("/files/erased", 503);
    const attachments = [{ type: "image", payload: { url: `${meta.graphApi.url}/files/erased` } }];
    const written = { message: { mid: "m_erased", text: "Unforgettable words", attachments } };
    await meta.graphApi.post("page", [meta.event("page", id, written)]);
    await meta.context.app.tick();
    await meta.graphApi.post("page", [
      meta.event("page", id, { message_edit: { mid: "m_erased", text: "Unforgettable words again", num_edit: 1 } }),
      meta.event("page", id, { reaction: { mid: "m_erased", action: "react", emoji: "😍" } }),
      meta.event("page", id, { read: { watermark: meta.now.getTime() } }),
    ]);
    const found = await meta.find("page", id, "Unforgettable words again");
    expect(await dumpDatabase()).toMatch(/Xanthippe/);
    await meta.context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: found?.visitorId,
    });
    await meta.graphApi.post("page", [
      meta.event("page", id, { message_edit: { mid: "m_erased", text: "Unforgettable, still", num_edit: 2 } }),
    ]);
    for (let minutes = 0; minutes < 4; minutes += 1) await meta.context.app.pass(500);
    expect(await dumpDatabase()).not.toMatch(/Unforgettable|Xanthippe|Zwiebel|files.{1,4}erased|77700011122233344/);
    await meta.graphApi.say("page", id, "Me again");
    const again = await meta.find("page", id, "Me again");
    expect(again?.conversationId).not.toBe(found?.conversationId);
  });
});

test("The order of webhooks does not change the resulting conversation", async () => {
  const at = (seconds: number) => new Date(meta.now.getTime() - 60_000 + seconds * 1000);
  const eventsOf = (id: string) => [
    meta.event("page", id, { message: { mid: `a_${id}`, text: "Come at fife" } }, at(1)),
    meta.event("page", id, { message_edit: { mid: `a_${id}`, text: "Come at for", num_edit: 1 } }, at(2)),
    meta.event("page", id, { message_edit: { mid: `a_${id}`, text: "Come at four", num_edit: 2 } }, at(3)),
    meta.event("page", id, { message: { mid: `b_${id}`, text: "My secret" } }, at(4)),
    meta.event("page", id, { message_edit: { mid: `b_${id}`, text: "My other secret", num_edit: 1 } }, at(5)),
    meta.event("page", id, { message: { mid: `b_${id}`, is_deleted: true } }, at(6)),
    meta.echo("page", id, { mid: `c_${id}`, text: "See you at four" }, at(7)),
    meta.event("page", id, { read: { watermark: at(8).getTime() } }, at(8)),
    meta.echo("page", id, { mid: `d_${id}`, text: "Are you coming?" }, at(9)),
  ];
  const indexes = eventsOf("").map((_, index) => index);
  const orders = fc.shuffledSubarray(indexes, { minLength: indexes.length });
  await fc.assert(
    fc.asyncProperty(orders, async (order) => {
      const ana = await meta.user();
      const events = eventsOf(ana.id);
      for (const index of order) await meta.graphApi.post("page", events.slice(index, index + 1));
      const shown = (await meta.messages(ana)).slice(1).sort((a, b) => (a.sentAt < b.sentAt ? -1 : 1));
      expect(
        shown.map(({ text, unsentAt, author, read }) => [text, unsentAt !== null, author.__typename, read]),
      ).toEqual([
        ["Come at four", false, "Visitor", false],
        ["", true, "Visitor", false],
        // What is read is a position in the conversation: a reply stored after an unread one counts as unread.
        ["See you at four", false, "Agent", order.indexOf(6) < order.indexOf(8)],
        ["Are you coming?", false, "Agent", false],
      ]);
    }),
    { numRuns: 12 },
  );
});

describe("A visitor's later change", () => {
  const newText = (mid: string, text: string, num = 1) => ({ message_edit: { mid, text, num_edit: num } });

  test("an edit replaces the text, and agents see it live", async () => {
    const ana = await meta.user("page", "I come at fife");
    const [first] = await meta.messages(ana);
    const mid = `e_${ana.id}`;
    await meta.graphApi.post("page", [meta.event("page", ana.id, { message: { mid, text: "At fife" } })]);
    // For all conversations: for one of them the permission check would take longer than the query below.
    const subscription = meta.context.agent.connection.subscribe("subscription { messageUpdated { text editedAt } }");
    const edited = subscription.until(({ messageUpdated }) => messageUpdated.text === "At five");
    await meta.context.agent.connection.subscribe("{ agents { id } }").next();
    await meta.graphApi.post("page", [meta.event("page", ana.id, newText(mid, "At five"))]);
    expect(await edited).toEqual({ messageUpdated: { text: "At five", editedAt: expect.any(String) } });
    await subscription.end();
    expect((await meta.conversation(ana)).lastMessage).toMatchObject({ text: "At five" });
    expect(first?.editedAt).toBeNull();
    await meta.context.app.advance(10);
    const older = new Date(meta.now.getTime() - 60_000);
    await meta.graphApi.post("page", [meta.event("page", ana.id, newText(mid, "Before that", 0), older)]);
    expect(await meta.texts(ana)).toEqual(["I come at fife", "At five"]);
  });

  test("an edit that arrives before its message is not lost", async () => {
    const ana = await meta.user("instagram");
    const mid = `early_${ana.id}`;
    await meta.graphApi.post("instagram", [meta.event("instagram", ana.id, newText(mid, "The newer text"))]);
    expect(await meta.texts(ana)).toHaveLength(1);
    const before = new Date(meta.now.getTime() - 1000);
    await meta.graphApi.post("instagram", [
      meta.event("instagram", ana.id, { message: { mid, text: "The older" } }, before),
    ]);
    expect((await meta.texts(ana)).at(-1)).toBe("The newer text");
  });

  test("an unsent message leaves nothing but a placeholder, including its picture", async () => {
    const ana = await meta.user("instagram");
    const mid = `unsent_${ana.id}`;
    meta.graphApi.files.set("/files/private.png", {
      contentType: "image/png",
      content: Buffer.from("GIF89a\x01\x00\x01\x00;"),
    });
    const attachments = [{ type: "image", payload: { url: `${meta.graphApi.url}/files/private.png` } }];
    await meta.graphApi.post("instagram", [
      meta.event("instagram", ana.id, { message: { mid, text: "A secret", attachments } }),
    ]);
    await meta.context.app.tick();
    const shown = (await meta.messages(ana)).at(-1);
    expect(shown?.attachments).toHaveLength(1);
    await meta.graphApi.post("instagram", [meta.event("instagram", ana.id, { message: { mid, is_deleted: true } })]);
    expect((await meta.messages(ana)).at(-1)).toMatchObject({
      text: "",
      attachments: [],
      unsentAt: expect.any(String),
    });
    expect((await meta.conversation(ana)).lastMessage).toMatchObject({ text: "", unsentAt: expect.any(String) });
    expect((await fetch(shown?.attachments[0].url)).status).toBe(410);
    // Neither an edit nor a repeated message restores anything.
    await meta.graphApi.post("instagram", [
      meta.event("instagram", ana.id, newText(mid, "Again")),
      meta.event("instagram", ana.id, { message: { mid, text: "A secret", attachments } }),
    ]);
    await meta.context.app.tick();
    expect((await meta.messages(ana)).at(-1)).toMatchObject({ text: "", attachments: [] });
  });

  test("an unsent message is not forwarded by email either", async () => {
    const ana = await meta.user("instagram", "Do you ship to Faro?");
    const mid = `quiet_${ana.id}`;
    await meta.graphApi.post("instagram", [meta.event("instagram", ana.id, { message: { mid, text: "Ignore this" } })]);
    await meta.graphApi.post("instagram", [meta.event("instagram", ana.id, { message: { mid, is_deleted: true } })]);
    await meta.context.passDays(8);
    const email = `${ana.id}@example.com`;
    await meta.context.agent.client.do(
      "mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }",
      {
        input: { visitorId: ana.visitorId, email },
      },
    );
    await meta.reply(ana, "We do.");
    await meta.context.app.tick();
    expect((await meta.messages(ana)).at(-1)?.deliveries).toMatchObject([
      { status: "FAILED", failure: { code: "WINDOW_CLOSED" } },
    ]);
    await meta.context.app.pass(400);
    const mail = meta.context.mail.mails.find(({ envelopeTo }) => envelopeTo.includes(email));
    const text = mail?.parsed.text ?? "";
    expect([text.includes("Do you ship to Faro?"), text.includes("We do."), text.includes("Ignore this")]).toEqual([
      true,
      true,
      false,
    ]);
    // Not even its place is shown.
    expect(text.match(/^You · /gm)).toHaveLength(1);
  });

  test("a message that is unsent before it or its picture arrives is not shown either", async () => {
    const ana = await meta.user("instagram");
    const mid = `gone_${ana.id}`;
    await meta.graphApi.post("instagram", [meta.event("instagram", ana.id, { message: { mid, is_deleted: true } })]);
    meta.graphApi.files.set("/files/late.png", {
      contentType: "image/png",
      content: Buffer.from("GIF89a\x01\x00\x01\x00;"),
    });
    const attachments = [{ type: "image", payload: { url: `${meta.graphApi.url}/files/late.png` } }];
    await meta.graphApi.post("instagram", [
      meta.event("instagram", ana.id, { message: { mid, text: "Gone", attachments } }),
    ]);
    await meta.context.app.tick();
    expect((await meta.messages(ana)).at(-1)).toMatchObject({
      text: "",
      attachments: [],
      unsentAt: expect.any(String),
    });
  });
});

describe("Files that a visitor sends", () => {
  const picture = { contentType: "image/png", content: Buffer.from("GIF89a\x01\x00\x01\x00;") };

  async function sendFile(path: string, type = "image"): Promise<{ conversationId: string }> {
    const ana = await meta.user();
    const attachments = [{ type, payload: { url: path.startsWith("/") ? `${meta.graphApi.url}${path}` : path } }];
    const message = { mid: `f_${ana.id}`, text: "Look", attachments };
    expect(await meta.graphApi.post("page", [meta.event("page", ana.id, { message })])).toBe(200);
    return ana;
  }

  test("are added after their message, which does not wait for them; their type is detected from their content", async () => {
    meta.graphApi.files.set("/files/1.png", picture);
    const ana = await sendFile("/files/1.png");
    expect((await meta.messages(ana)).at(-1)).toMatchObject({ text: "Look" });
    await meta.context.app.tick();
    const last = (await meta.messages(ana)).at(-1);
    expect(last).toMatchObject({ text: "Look", attachments: [{ name: "image.png", contentType: "image/gif" }] });
    expect(Buffer.from(await (await fetch(last?.attachments[0].url)).arrayBuffer())).toEqual(picture.content);
  });

  test.each([
    ["that no longer exists", "/files/gone", 404, "HTTP 404"],
    ["over 20 MB", "/files/large", { contentType: "video/mp4", content: Buffer.alloc(20 * 1024 * 1024 + 1) }, "20 MB"],
    [
      "that is an HTML page",
      "/files/page",
      { contentType: "text/html", content: Buffer.from("<p>Log in") },
      "HTML page",
    ],
    [
      "that is an executable",
      "/files/run.exe",
      { contentType: "application/pdf", content: Buffer.from("MZ\x90\x00") },
      "programs",
    ],
    ["that is not on Meta's servers", "https://elsewhere.example/a.png", 404, "does not lead to Meta"],
  ] as const)("one %s is listed in the message, which is stored", async (_, path, file, why) => {
    meta.graphApi.files.set(path, file);
    const ana = await sendFile(path, path.endsWith("exe") ? "file" : "image");
    await meta.context.app.tick();
    const last = (await meta.messages(ana)).at(-1);
    expect(last?.attachments).toEqual([]);
    expect(last?.text).toMatch(/^Look\n\n\[File not saved: .*\]$/);
    expect(last?.text).toContain(why);
  });

  test("that Meta cannot provide yet are requested again, and given up after several attempts", async () => {
    meta.graphApi.files.set("/files/later.png", 503);
    meta.graphApi.files.set("/files/never.png", 503);
    const [ana, bea] = [await sendFile("/files/later.png"), await sendFile("/files/never.png")];
    await meta.context.app.tick();
    expect(await meta.texts(ana)).toEqual(["Is my bike ready?", "Look"]);
    meta.graphApi.files.set("/files/later.png", picture);
    for (const minutes of [1, 2, 4]) await meta.context.app.pass(minutes * 60 + 1);
    expect((await meta.messages(ana)).at(-1)).toMatchObject({ text: "Look", attachments: [{ name: "image.png" }] });
    expect((await meta.texts(bea)).at(-1)).toContain(
      "[File not saved: image, because Meta's server responded with HTTP 503.]",
    );
  });

  test("of stories are never stored, only their links", async () => {
    const ana = await meta.user("instagram");
    const url = "https://lookaside.fbsbx.com/story?asset_id=1";
    await meta.graphApi.post("instagram", [
      meta.event("instagram", ana.id, {
        message: { mid: `s_${ana.id}`, attachments: [{ type: "story_mention", payload: { url } }] },
      }),
      meta.event("instagram", ana.id, {
        message: { mid: `v_${ana.id}`, text: "Lovely", reply_to: { story: { url, id: "1" } } },
      }),
    ]);
    await meta.context.app.tick();
    expect((await meta.messages(ana)).slice(1).map(({ text, attachments }) => [text, attachments])).toEqual([
      [`[Mentioned you in a story: ${url}]`, []],
      [`Lovely\n[Reply to a story: ${url}]`, []],
    ]);
  });
});

describe("A message from Meta's own inbox", () => {
  test.each(["page", "instagram"] as const)(
    "(%s) becomes an agent's message, is not sent again, and creates no visitor",
    async (kind) => {
      const ana = await meta.user(kind);
      const before = (await meta.conversations(kind)).length;
      const taken = meta.graphApi.taken.length;
      const message = { mid: `o_${ana.id}`, app_id: 4711, text: "It is, come by." };
      await meta.graphApi.post(kind, [meta.echo(kind, ana.id, message)]);
      await meta.graphApi.post(kind, [meta.echo(kind, ana.id, message)]);
      await meta.context.app.pass(600);
      expect((await meta.messages(ana)).slice(1)).toMatchObject([
        {
          text: "It is, come by.",
          author: { __typename: "Agent", name: "Harbour Bikes" },
          via: { id: kind === "page" ? "messenger" : "instagram" },
          deliveries: [],
        },
      ]);
      expect(meta.graphApi.taken).toHaveLength(taken);
      expect(await meta.conversations(kind)).toHaveLength(before);
      const { agents } = await meta.context.agent.client.do("{ agents { name } }");
      expect(agents).not.toContainEqual({ name: "Harbour Bikes" });
    },
  );

  test("to an unknown person starts a conversation", async () => {
    const id = meta.nextId();
    await meta.graphApi.post("page", [meta.echo("page", id, { mid: `first_${id}`, text: "Your bike is ready" })]);
    const found = await meta.find("page", id, "Your bike is ready");
    await meta.graphApi.post("page", [meta.event("page", id, { message: { mid: `second_${id}`, text: "Thanks" } })]);
    expect(found && (await meta.messages(found))).toMatchObject([
      { author: { __typename: "Agent" } },
      { text: "Thanks", author: { __typename: "Visitor" } },
    ]);
  });

  test("with a picture includes it", async () => {
    const ana = await meta.user();
    meta.graphApi.files.set("/files/business.gif", {
      contentType: "image/gif",
      content: Buffer.from("GIF89a\x01\x00\x01\x00;"),
    });
    const attachments = [{ type: "image", payload: { url: `${meta.graphApi.url}/files/business.gif` } }];
    await meta.graphApi.post("page", [meta.echo("page", ana.id, { mid: `pic_${ana.id}`, attachments })]);
    await meta.context.app.tick();
    expect((await meta.messages(ana)).at(-1)).toMatchObject({
      text: "",
      author: { __typename: "Agent" },
      attachments: [{ name: "image.gif", contentType: "image/gif" }],
    });
  });

  test("without is_echo is recognised by the account's own id", async () => {
    const ana = await meta.user();
    const event = { sender: { id: meta.graphApi.pageId }, recipient: { id: ana.id }, timestamp: meta.now.getTime() };
    await meta.graphApi.post("page", [{ ...event, message: { mid: `w_${ana.id}`, text: "By the business" } }]);
    expect((await meta.messages(ana)).at(-1)).toMatchObject({
      text: "By the business",
      author: { __typename: "Agent" },
    });
  });
});

describe("An echo of Afterchat's own reply", () => {
  const statuses = async (of: { conversationId: string }) =>
    (await meta.messages(of))
      .slice(1)
      .map(({ text, deliveries }) => [text, ...deliveries.map((delivery: Data) => delivery.status)]);

  test.each(["page", "instagram"] as const)("(%s) echo first → one message, which is SENT", async (kind) => {
    const ana = await meta.user(kind);
    meta.graphApi.echoes = "before";
    await meta.reply(ana, "It is.\nCome by.");
    await meta.context.app.tick();
    expect(await statuses(ana)).toEqual([["It is.\nCome by.", "SENT"]]);
    expect(meta.graphApi.textsTo(ana.id)).toHaveLength(1);
  });

  test("echoes of a long reply's parts → one message, SENT after the last part", async () => {
    for (const kind of ["page", "instagram"] as const) {
      const ana = await meta.user(kind);
      meta.graphApi.echoes = "before";
      const text = Array.from({ length: 120 }, (_, line) => `This is the sentence number ${line}.`).join(" ");
      await meta.reply(ana, text);
      await meta.context.app.tick();
      expect(await statuses(ana)).toEqual([[text, "SENT"]]);
      expect(meta.graphApi.textsTo(ana.id).join(" ")).toBe(text);
    }
  });

  test.each(["page", "instagram"] as const)(
    "(%s) no response → UNCERTAIN, until the echo makes it SENT, and nothing is sent again",
    async (kind) => {
      const ana = await meta.user(kind);
      meta.graphApi.behave(() => ({ kind: "drop", taken: "yes" }));
      await meta.reply(ana, "It is.");
      await meta.context.app.tick();
      expect(await statuses(ana)).toEqual([["It is.", "UNCERTAIN"]]);
      const taken = meta.graphApi.taken.at(-1);
      const marks = kind === "page" ? { app_id: meta.graphApi.appId, metadata: taken?.metadata } : {};
      await meta.graphApi.post(kind, [meta.echo(kind, ana.id, { mid: taken?.messageId, text: taken?.text, ...marks })]);
      expect(await statuses(ana)).toEqual([["It is.", "SENT"]]);
      await meta.context.app.pass(3600);
      expect(meta.graphApi.textsTo(ana.id)).toEqual(["It is."]);
    },
  );

  test("the sender died before the response → UNCERTAIN, then SENT by Meta's later echo", async () => {
    const ana = await meta.user();
    meta.graphApi.behave(() => ({ kind: "hang", taken: "yes" }));
    await meta.reply(ana, "It is.");
    const taken = Promise.withResolvers<{ messageId: string; metadata: string | null }>();
    meta.graphApi.onTaken((message) => message.recipient === ana.id && taken.resolve(message));
    const sending = meta.context.app.tick();
    const { messageId: mid, metadata } = await taken.promise;
    await meta.context.app.advance(61);
    const reclaiming = meta.context.app.tick();
    await meta.graphApi.post("page", [meta.echo("page", ana.id, { mid, metadata, text: "It is." })]);
    expect(await statuses(ana)).toEqual([["It is.", "SENT"]]);
    await meta.graphApi.vanish();
    await Promise.all([sending, reclaiming]);
    await meta.graphApi.listen();
    await meta.context.app.pass(3600);
    expect(await statuses(ana)).toEqual([["It is.", "SENT"]]);
    expect(meta.graphApi.textsTo(ana.id)).toEqual(["It is."]);
  });

  test("another app's echo that looks like Afterchat's counts as written outside", async () => {
    const ana = await meta.user();
    const message = {
      mid: `x_${ana.id}`,
      metadata: "0198f3a0-0000-7000-8000-000000000000",
      text: "By another program",
    };
    await meta.graphApi.post("page", [meta.echo("page", ana.id, message)]);
    expect(await statuses(ana)).toEqual([["By another program"]]);
  });
});

describe("Delivery and read receipts", () => {
  const read = async (of: { conversationId: string }) =>
    (await meta.messages(of)).slice(1).map((message) => message.read);

  test.each([
    ["milliseconds", (at: Date) => at.getTime()],
    ["seconds", (at: Date) => Math.ceil(at.getTime() / 1000)],
  ])("a watermark in %s marks only earlier messages", async (_, write) => {
    const ana = await meta.user();
    await meta.reply(ana, "First");
    await meta.context.app.tick();
    await meta.context.app.advance(60);
    const between = meta.now;
    await meta.context.app.advance(60);
    await meta.reply(ana, "Second");
    await meta.context.app.tick();
    await meta.graphApi.post("page", [meta.event("page", ana.id, { read: { watermark: write(between) } })]);
    expect(await meta.messages(ana)).toMatchObject([
      {},
      { text: "First", read: true, deliveries: [{ status: "DELIVERED" }] },
      { text: "Second", read: false, deliveries: [{ status: "SENT" }] },
    ]);
    expect((await meta.conversation(ana)).unreadReplies).toBe(1);
  });

  test("read before the echo, echo before the response: the message counts as read", async () => {
    const ana = await meta.user();
    const at = meta.now;
    meta.graphApi.behave(() => ({ kind: "drop", taken: "yes" }));
    await meta.reply(ana, "Quickly read");
    await meta.context.app.tick();
    const later = new Date(at.getTime() + 500);
    await meta.context.app.advance(1);
    await meta.graphApi.post("page", [meta.event("page", ana.id, { read: { watermark: later.getTime() } })]);
    expect(await read(ana)).toEqual([false]);
    const { messageId: mid, metadata } = meta.graphApi.taken.at(-1) ?? {};
    await meta.graphApi.post("page", [meta.echo("page", ana.id, { mid, metadata, text: "Quickly read" }, at)]);
    expect(await read(ana)).toEqual([true]);
  });

  test("a read receipt by id before the response with that id is not lost", async () => {
    const ana = await meta.user("instagram");
    const taken = Promise.withResolvers<string>();
    meta.graphApi.onTaken(({ recipient, messageId }) => recipient === ana.id && taken.resolve(messageId));
    meta.graphApi.behave(() => ({ kind: "hang", taken: "yes" }));
    await meta.reply(ana, "Seen immediately");
    const sending = meta.context.app.tick();
    const mid = await taken.promise;
    await meta.graphApi.post("instagram", [meta.event("instagram", ana.id, { read: { mid } })]);
    expect(await read(ana)).toEqual([false]);
    await meta.graphApi.post("instagram", [meta.echo("instagram", ana.id, { mid, text: "Seen immediately" })]);
    expect(await meta.messages(ana)).toMatchObject([{}, { read: true, deliveries: [{ status: "DELIVERED" }] }]);
    await meta.graphApi.vanish();
    await sending;
    await meta.graphApi.listen();
    expect(await meta.messages(ana)).toMatchObject([{}, { read: true, deliveries: [{ status: "DELIVERED" }] }]);
  });

  test("concurrent with the events that make the message known, no receipt is lost", async () => {
    for (let round = 0; round < 8; round += 1) {
      const ana = await meta.user("instagram");
      meta.graphApi.behave(() => ({ kind: "drop", taken: "yes" }));
      await meta.reply(ana, `Round ${round}`);
      await meta.context.app.tick();
      const { messageId: mid, text } = meta.graphApi.taken.at(-1) ?? {};
      const edited = `both_${ana.id}`;
      await Promise.all(
        [
          meta.event("instagram", ana.id, { read: { mid } }),
          meta.echo("instagram", ana.id, { mid, text }),
          meta.event("instagram", ana.id, { message_edit: { mid: edited, text: "Four", num_edit: 1 } }),
          meta.event("instagram", ana.id, { message: { mid: edited, text: "For" } }),
        ].map((event) => meta.graphApi.post("instagram", [event])),
      );
      expect(await read(ana)).toContain(true);
      expect(await meta.texts(ana)).toContain("Four");
    }
  });

  test("a status never goes backwards on a late webhook", async () => {
    const ana = await meta.user();
    await meta.reply(ana, "It is.");
    await meta.context.app.tick();
    const { messageId: mid, metadata } = meta.graphApi.taken.at(-1) ?? {};
    await meta.graphApi.reportRead("page", ana.id);
    await meta.graphApi.reportDelivered(ana.id);
    await meta.graphApi.post("page", [meta.echo("page", ana.id, { mid, metadata, text: "It is." })]);
    expect(await meta.messages(ana)).toMatchObject([{}, { read: true, deliveries: [{ status: "DELIVERED" }] }]);
  });

  test("only the messages that the webhook lists are delivered", async () => {
    const ana = await meta.user();
    for (const text of ["First", "Second"]) await meta.reply(ana, text);
    await meta.context.app.tick();
    await meta.context.app.tick();
    const [first] = meta.graphApi.taken.slice(-2);
    await meta.graphApi.post("page", [meta.event("page", ana.id, { delivery: { mids: [first?.messageId] } })]);
    const [, firstReply, secondReply] = await meta.messages(ana);
    expect([firstReply?.deliveries, secondReply?.deliveries]).toMatchObject([
      [{ status: "DELIVERED" }],
      [{ status: "SENT" }],
    ]);
    await meta.graphApi.post("page", [meta.event("page", ana.id, { delivery: { watermark: meta.now.getTime() } })]);
    expect((await meta.messages(ana)).at(-1)?.deliveries).toMatchObject([{ status: "DELIVERED" }]);
  });
});
