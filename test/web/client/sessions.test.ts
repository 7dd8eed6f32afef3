import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { SignJWT } from "jose";
import { createResumeCode } from "../../../src/visitors/resume-code.js";
import { memoryStorage } from "../../../web/client/client.js";
import { ChatHarness, isOnline, textsShown, until } from "./chat-harness.js";

const identitySecret = "the website and this program share it";
let harness: ChatHarness;

beforeAll(async () => {
  harness = await ChatHarness.start({ IDENTITY_SECRET: identitySecret });
});

afterAll(() => harness.stop());

function sign(sub: string): Promise<string> {
  const expiresAt = Math.floor(harness.app.services.clock.now().getTime() / 1_000) + 600;
  return new SignJWT({ sub, name: "Ana" })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(expiresAt)
    .sign(Buffer.from(identitySecret));
}

test("The link of an email opens its conversation, and on another device nothing else", async () => {
  const storage = memoryStorage();
  const { chat, id } = await harness.beginConversation("Hello", { storage });
  await chat.submitContactForm({ email: "ana@example.com" });
  chat.stop();
  const code = createResumeCode(harness.app.services, id);

  const guest = await harness.openPage({ resume: code });
  expect(guest.state).toMatchObject({ session: "GUEST", open: { id }, visitor: { email: "a***@example.com" } });
  await expect(guest.submitContactForm({ email: "mallory@example.com" })).rejects.toMatchObject({ code: "FORBIDDEN" });
  guest.send({ text: "from the link" });
  await until(guest, (state) => textsShown(state).includes("from the link"));

  const own = await harness.openPage({ storage, resume: code });
  expect(own.state).toMatchObject({ session: "KEPT", open: { id }, visitor: { email: "ana@example.com" } });
  expect(textsShown(own.state)).toEqual(["Hello", "from the link"]);
});

test("A link that no longer works begins as if there were none", async () => {
  const chat = await harness.openPage({ resume: "expired-code" });
  expect(chat.state).toMatchObject({ session: "NEW", open: null });
});

test("Whoever signs in on the website finds their conversations again", async () => {
  const { chat: earlier, id } = await harness.beginConversation("at home", { identity: await sign("42") });
  earlier.stop();
  const { chat } = await harness.beginConversation("at work");
  const visitorId = chat.state.visitor?.id;
  await chat.identify(await sign("42"));
  const state = await until(chat, (state) => isOnline(state) && state.conversations.length === 2);
  expect(state.session).toBe("JOINED");
  expect(state.visitor).toMatchObject({ name: "Ana" });
  expect(state.visitor?.id).not.toBe(visitorId);
  expect(state.conversations.map((conversation) => conversation.id)).toContain(id);
});

test("A page that asks for the identity when it is needed is asked again after a failure", async () => {
  let asked = 0;
  const identity = async () => {
    asked += 1;
    if (asked === 1) throw new Error("The website is not reachable");
    return sign("43");
  };
  const chat = await harness.openPage({ identity });
  expect(chat.state.visitor).toMatchObject({ name: "Ana" });
  expect(asked).toBe(2);
});

test("Of replies in other conversations, the last one is announced after an absence", async () => {
  const { chat, id } = await harness.beginConversation("one");
  await harness.admin.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", { id });
  chat.open(null);
  chat.send({ text: "two" });
  await until(chat, ({ open, outbox }) => open?.id != null && outbox.length === 0);
  expect(chat.state.open?.id).not.toBe(id);
  const announced: [string, string][] = [];
  chat.onReply(({ text }, conversationId) => announced.push([text, conversationId]));
  await harness.admin.do("mutation ($id: ID!) { reopenConversation(conversationId: $id) { id } }", { id });
  await harness.cutNetwork();
  for (const text of ["first", "last"]) await harness.reply(id, text);
  await harness.mendNetwork();
  chat.wake();
  await until(chat, (state) => isOnline(state) && state.unread === 2);
  expect(announced).toEqual([["last", id]]);
});

test("A connection that is silent after a sleep is noticed when the page is shown again", async () => {
  const { chat, id } = await harness.beginConversation("Hello");
  await harness.reply(id, "before the sleep");
  await until(chat, (state) => textsShown(state).length === 2);
  const now = Date.now();
  const clock = jest.spyOn(Date, "now").mockReturnValue(now + 3_600_000);
  try {
    harness.network.dropConnections();
    await harness.reply(id, "during the sleep");
    chat.wake();
    await until(chat, (state) => isOnline(state) && textsShown(state).length === 3);
  } finally {
    clock.mockRestore();
  }
});
