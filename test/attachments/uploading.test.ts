import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { type StartedConversation, TestContext } from "../support/app/test-context.js";
import { failToSend, png, post, refused, send, storedFiles, upload } from "../support/app/upload.js";

const mebibyte = 1_048_576;
let context: TestContext;
let ana: StartedConversation;
let agent: GraphqlClient;

beforeAll(async () => {
  context = await TestContext.setup({}, { agent: "offline" });
  ana = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
  agent = await context.app.signInAdmin();
});

afterAll(() => context.teardown());

/** Sends a hand-written multipart body, for requests that no browser sends. */
function postRaw(client: GraphqlClient, contentType: string, chunks: readonly (string | Uint8Array)[]) {
  const response = Promise.withResolvers<{ status: number; message: string }>();
  const outgoing = request(`${client.url}/attachments`, {
    method: "POST",
    headers: { "content-type": contentType, authorization: `Bearer ${client.token}` },
  });
  outgoing.once("error", response.reject);
  outgoing.once("response", (incoming) => {
    let text = "";
    incoming.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    incoming.once("end", () =>
      response.resolve({ status: incoming.statusCode ?? 0, message: JSON.parse(text).message }),
    );
  });
  for (const chunk of chunks) outgoing.write(chunk);
  return { outgoing, answer: response.promise };
}

const part = (disposition: string, content: string) =>
  `--line\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: text/plain\r\n\r\n${content}\r\n`;

describe("An upload", () => {
  test("returns its metadata, and can be sent once, by its uploader", async () => {
    const uploaded = await upload(ana.client, { content: png, name: "bike.png" });
    expect(uploaded).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "bike.png",
      contentType: "image/png",
      sizeBytes: png.length,
    });
    const input = { conversationId: ana.conversationId, text: "Look", attachmentIds: [uploaded.id] };
    const message = await send(ana.client, input);
    expect(message.attachments).toEqual([{ ...uploaded, url: expect.stringContaining("/attachments/") }]);
    expect(await failToSend(ana.client, input)).toMatchObject({
      extensions: { code: "CONFLICT", field: "input.attachmentIds" },
    });
  });

  test("of exactly 20 MB is accepted, and one byte more is refused and leaves no file", async () => {
    const before = await storedFiles(context.app);
    const largest = await upload(ana.client, { content: new Uint8Array(20 * mebibyte), name: "zeros.bin" });
    expect(largest).toMatchObject({ sizeBytes: 20 * mebibyte, contentType: "application/octet-stream" });
    const over = post(ana.client, { content: new Uint8Array(20 * mebibyte + 1) });
    expect(await refused(over)).toEqual({
      status: 413,
      message: "The file is too large: at most 20 MB can be sent.",
    });
    expect((await storedFiles(context.app)).sort()).toEqual([...before, largest.id].sort());
  });

  test("that is far too large is refused before it is complete", async () => {
    const over = post(ana.client, { content: new Uint8Array(30 * mebibyte) });
    expect((await refused(over)).status).toBe(413);
    // And in chunks, without a Content-Length.
    const { outgoing, answer } = postRaw(ana.client, "multipart/form-data; boundary=line", [
      part('name="file"; filename="endless.bin"', "").trimEnd(),
      "\r\n\r\n",
      new Uint8Array(21 * mebibyte),
    ]);
    expect((await answer).status).toBe(413);
    outgoing.destroy();
  });

  test.each([
    ["that is empty", { content: "" }, "file", 400, /empty/],
    ["in another field", { content: "Notes" }, "document", 400, /field 'file'/],
  ])("%s is refused with an explanation", async (_, file, field, status, message) => {
    const answer = await refused(post(ana.client, file, field));
    expect(answer.status).toBe(status);
    expect(answer.message).toMatch(message);
  });

  test("that is not a form with one file is refused", async () => {
    const body = (text: string) => ({
      method: "POST",
      body: text,
      headers: { authorization: `Bearer ${ana.client.token}` },
    });
    const json = fetch(`${context.app.url}/attachments`, {
      ...body("{}"),
      headers: { ...body("").headers, "content-type": "application/json" },
    });
    expect((await refused(json)).status).toBe(415);
    expect((await refused(fetch(`${context.app.url}/attachments`, body("plain")))).status).toBe(415);
    for (const chunks of [
      [],
      ["no boundary at all"],
      [`${part('name="file"; filename="a.txt"', "one")}${part('name="file"; filename="b.txt"', "two")}--line--`],
      [`${part('name="file"', "no file, a field")}--line--`],
      [`${part('name="note"', "a field")}--line--`],
      [part('name="file"; filename="a.txt"', "ends in the middle").trimEnd()],
    ]) {
      const { outgoing, answer } = postRaw(ana.client, "multipart/form-data; boundary=line", chunks);
      outgoing.end();
      const { status, message } = await answer;
      expect([chunks, status, message]).toEqual([chunks, 400, expect.stringMatching(/[a-z] .*\.$/)]);
    }
    const { outgoing, answer } = postRaw(ana.client, "multipart/form-data", ["--line"]);
    outgoing.end();
    expect((await answer).status).toBe(400);
  });

  test("that is interrupted leaves no file", async () => {
    const before = await storedFiles(context.app);
    const { outgoing, answer } = postRaw(ana.client, "multipart/form-data; boundary=line", [
      part('name="file"; filename="half.txt"', "half of ").trimEnd(),
    ]);
    answer.catch(() => undefined);
    while ((await storedFiles(context.app)).length === before.length) await new Promise((done) => setImmediate(done));
    outgoing.destroy();
    while ((await storedFiles(context.app)).length > before.length) await new Promise((done) => setImmediate(done));
    expect(await storedFiles(context.app)).toEqual(before);
  });

  test("is refused without a token, and with a forged or ended one", async () => {
    const leaving = await context.app.startVisitor();
    await leaving.do("mutation { signOut }");
    const anonymous = context.app.client;
    for (const client of [anonymous, anonymous.as("forged"), anonymous.as(""), anonymous.as("two words"), leaving]) {
      const response = await post(client, { content: "Notes" });
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect((await refused(Promise.resolve(response))).status).toBe(401);
    }
  });

  test("that belongs to another visitor or an agent, or does not exist, cannot be sent", async () => {
    const stranger = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
    const { id } = await upload(ana.client, { content: "Mine" });
    const { id: agents } = await upload(agent, { content: "The agent's" });
    const { id: colleagues } = await upload((await context.createAgent()).client, { content: "A colleague's" });
    const foreign: [GraphqlClient, string, string][] = [
      [agent, ana.conversationId, colleagues],
      [stranger.client, stranger.conversationId, id],
      [agent, ana.conversationId, id],
      [ana.client, ana.conversationId, agents],
      [ana.client, ana.conversationId, "0190a000-0000-7000-8000-000000000000"],
      [ana.client, ana.conversationId, "../../etc/passwd"],
    ];
    for (const [client, conversationId, attachmentId] of foreign) {
      const error = await failToSend(client, { conversationId, text: "x", attachmentIds: [attachmentId] });
      expect(error).toMatchObject({ extensions: { code: "NOT_FOUND", field: "input.attachmentIds" } });
    }
    const mine = await send(ana.client, { conversationId: ana.conversationId, text: "", attachmentIds: [id] });
    expect(mine).toMatchObject({ text: "", attachments: [{ id }] });
    const theirs = { conversationId: ana.conversationId, text: "", attachmentIds: [agents] };
    expect(await send(agent, theirs)).toMatchObject({ text: "", attachments: [{ id: agents }] });
  });

  test("by a guest is sent in the one conversation that the link is for", async () => {
    const { createResumeCode } = await import("../../src/visitors/resume-code.js");
    const resume = createResumeCode(context.app.services, ana.conversationId);
    const guest = await context.app.startVisitor({ resume });
    const { id } = await upload(guest, { content: png, name: "damage.png" });
    expect(await send(guest, { text: "", attachmentIds: [id] })).toMatchObject({
      conversation: { id: ana.conversationId },
      attachments: [{ id, name: "damage.png" }],
    });
  });

  test("made before the visitor was merged into an identified one can still be sent", async () => {
    const joining = await TestContext.setup(
      { IDENTITY_SECRET: "the-website-and-afterchat-share-this" },
      { agent: "offline" },
    );
    try {
      const { SignJWT } = await import("jose");
      const identity = await new SignJWT({ sub: "ana-1", email: "ana@example.com" })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime("30m")
        .sign(Buffer.from("the-website-and-afterchat-share-this"));
      await joining.app.startVisitor({ identity: { token: identity } });
      const anonymous = await joining.app.startVisitor();
      const { id } = await upload(anonymous, { content: "Before" });
      const known = await joining.app.startVisitor({ token: anonymous.token, identity: { token: identity } });
      expect(await send(known, { text: "", attachmentIds: [id] })).toMatchObject({ attachments: [{ id }] });
    } finally {
      await joining.teardown();
    }
  });

  test("is allowed from every origin, as the API is", async () => {
    const preflight = await fetch(`${context.app.url}/attachments`, {
      method: "OPTIONS",
      headers: { origin: "https://shop.example", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
    expect((await post(ana.client, { content: "x" })).headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("A message", () => {
  const ids = async (client: GraphqlClient, count: number) =>
    Promise.all(Array.from({ length: count }, async (_, index) => (await upload(client, { content: `${index}` })).id));

  test("has at most 10 attachments, each listed once, in its author's order", async () => {
    const visitor = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
    const eleven = await ids(visitor.client, 11);
    const [first = ""] = eleven;
    for (const attachmentIds of [eleven, [first, first], [first, first.toUpperCase()]]) {
      expect(await failToSend(visitor.client, { text: "x", attachmentIds })).toMatchObject({
        extensions: { code: "BAD_USER_INPUT", field: "input.attachmentIds" },
      });
    }
    const chosen = eleven.slice(0, 10).reverse();
    const message = await send(visitor.client, { text: "All", attachmentIds: chosen });
    expect(message.attachments.map(({ id }: { id: string }) => id)).toEqual(chosen);
  });

  test("without text requires an attachment", async () => {
    for (const attachmentIds of [[], null, undefined]) {
      expect(await failToSend(ana.client, { text: " ", attachmentIds })).toMatchObject({
        extensions: { code: "BAD_USER_INPUT", field: "input.text" },
      });
    }
  });

  test("is the only one to get an attachment when several are sent with it concurrently", async () => {
    for (const client of [ana.client, agent]) {
      const [id = ""] = await ids(client, 1);
      const input = { conversationId: ana.conversationId, text: "Mine", attachmentIds: [id] };
      const answers = await Promise.all(
        Array.from({ length: 5 }, () =>
          client.ask("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", { input }),
        ),
      );
      expect(answers.filter((answer) => answer.errors === undefined)).toHaveLength(1);
      const codes = answers.flatMap((answer) => answer.errors?.map((error) => error.extensions.code) ?? []);
      expect(codes).toEqual(["CONFLICT", "CONFLICT", "CONFLICT", "CONFLICT"]);
    }
  });

  test("repeated with its attachments returns the first message, sequentially or concurrently", async () => {
    for (const client of [ana.client, agent]) {
      const attachmentIds = await ids(client, 2);
      const input = { conversationId: ana.conversationId, text: "", attachmentIds, clientMessageId: attachmentIds[0] };
      const concurrent = await Promise.all(Array.from({ length: 4 }, () => send(client, input)));
      const later = await send(client, input);
      expect(new Set([...concurrent, later].map(({ id }) => id)).size).toBe(1);
      expect(later.attachments.map(({ id }: { id: string }) => id)).toEqual(attachmentIds);
    }
  });

  test("that is refused leaves its attachments unsent", async () => {
    const closed = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
    const [id = ""] = await ids(agent, 1);
    await agent.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
      id: closed.conversationId,
    });
    const refusedInput = { conversationId: closed.conversationId, text: "", attachmentIds: [id] };
    expect(await failToSend(agent, refusedInput)).toMatchObject({ extensions: { code: "CONVERSATION_CLOSED" } });
    expect(await send(agent, { ...refusedInput, conversationId: ana.conversationId })).toMatchObject({
      attachments: [{ id }],
    });
  });

  test("includes its attachments in lists, as the last message and in subscriptions", async () => {
    const { id } = await upload(agent, { content: png, name: "bike.png" });
    const connection = await ana.client.connect();
    const added = await context.app.subscribe(
      connection,
      "subscription { messageAdded { text attachments { id name sizeBytes url } } }",
    );
    await send(agent, { conversationId: ana.conversationId, text: "", attachmentIds: [id] });
    const shown = { text: "", attachments: [{ id, name: "bike.png", sizeBytes: png.length, url: expect.any(String) }] };
    expect((await added.next()).data?.messageAdded).toEqual(shown);
    await connection.close();
    const fields = "text attachments { id name sizeBytes url }";
    const { conversation, conversations } = await ana.client.do(
      `query ($id: ID!) { conversation(id: $id) { lastMessage { ${fields} } messages(last: 1) { nodes { ${fields} } } }
        conversations(first: 1) { nodes { lastMessage { ${fields} } } } }`,
      { id: ana.conversationId },
    );
    expect(conversation).toEqual({ lastMessage: shown, messages: { nodes: [shown] } });
    expect(conversations.nodes).toEqual([{ lastMessage: shown }]);
    await agent.do(
      "mutation ($id: ID!) { closeConversation(conversationId: $id) { lastMessage { attachments { id } } } }",
      {
        id: ana.conversationId,
      },
    );
    await agent.do("mutation ($id: ID!) { reopenConversation(conversationId: $id) { id } }", {
      id: ana.conversationId,
    });
  });
});
