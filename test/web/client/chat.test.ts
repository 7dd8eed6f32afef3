import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { type ChatState, memoryStorage, type Reply } from "../../../web/client/client.js";
import { blockedStorage, ChatHarness, isOnline, textsShown, until } from "./chat-harness.js";

let harness: ChatHarness;

beforeAll(async () => {
  harness = await ChatHarness.start();
});

afterAll(() => harness.stop());

afterEach(() => harness.mendNetwork());

/** A fetch that does something else for one operation, the first time it is sent. */
function interfere(operation: string, instead: (send: () => Promise<Response>) => Promise<Response>): typeof fetch {
  let isDone = false;
  return async (input, init) => {
    const send = () => fetch(input, init);
    if (isDone || !String(init?.body).includes(operation)) return send();
    isDone = true;
    return instead(send);
  };
}

const lost = () => Promise.reject(new TypeError("fetch failed"));

describe("A chat", () => {
  test("begins a conversation, and shows replies, read marks and who is typing", async () => {
    const { chat, id } = await harness.beginConversation("Is my blue tourer ready?");
    expect(chat.state).toMatchObject({ session: "NEW", unread: 0, conversations: [{ id, status: "OPEN" }] });
    const announced: Reply[] = [];
    chat.onReply((reply) => announced.push(reply));

    await harness.admin.do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id });
    await until(chat, ({ open }) => open?.typing === "Admin");
    await harness.reply(id, "It is!");
    const replied = await until(chat, (state) => textsShown(state).length === 2);
    expect(replied.open).toMatchObject({ typing: null, hasEarlier: false });
    expect(announced.map(({ text }) => text)).toEqual(["It is!"]);
    await until(chat, ({ unread }) => unread === 1);

    const whenRead = await harness.watchRead(id);
    chat.markRead();
    expect(chat.state.unread).toBe(0);
    expect(await whenRead()).toBe("It is!");

    await harness.admin.do("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
      input: { conversationId: id, messageId: chat.state.open?.messages[0]?.id },
    });
    await until(chat, ({ open }) => open?.messages[0]?.read === true);
  });

  test("may be changed by its listeners", async () => {
    const { chat, id } = await harness.beginConversation("Hello");
    const seen: number[] = [];
    chat.subscribe(({ unread }) => {
      seen.push(unread);
      chat.markRead();
    });
    const whenRead = await harness.watchRead(id);
    await harness.reply(id, "Hi");
    expect(await whenRead()).toBe("Hi");
    expect(seen.at(-1)).toBe(0);
  });

  test("a page that is opened again shows the same conversation, with the same session", async () => {
    const storage = memoryStorage();
    const { chat, id } = await harness.beginConversation("Hello", { storage });
    chat.stop();
    const again = await harness.openPage({ storage });
    expect(again.state).toMatchObject({ session: "KEPT", open: { id } });
    expect(textsShown(again.state)).toEqual(["Hello"]);
  });

  test("pages back through 60 messages", async () => {
    const storage = memoryStorage();
    const { chat, id } = await harness.beginConversation("0", { storage });
    chat.stop();
    for (let number = 1; number < 60; number += 1) await harness.reply(id, String(number));
    const again = await harness.openPage({ storage });
    expect(textsShown(again.state)).toHaveLength(50);
    expect(again.state.open?.hasEarlier).toBe(true);
    await again.loadEarlier();
    expect(textsShown(again.state)).toEqual(Array.from({ length: 60 }, (_, index) => String(index)));
    expect(again.state.open).toMatchObject({ hasEarlier: false, isLoading: false });
  });

  test("works where nothing may be stored", async () => {
    const { chat } = await harness.beginConversation("Hello", { storage: blockedStorage });
    expect(textsShown(chat.state)).toEqual(["Hello"]);
  });

  test("tells the server where the visitor is, and leaves when it stops", async () => {
    const { chat, id } = await harness.beginConversation("Hello", { page: "/bikes" });
    const read = async () =>
      (await harness.admin.do("query ($id: ID!) { conversation(id: $id) { visitor { online page } } }", { id }))
        .conversation.visitor;
    await harness.app.services.presence.flush();
    expect(await read()).toEqual({ online: true, page: "/bikes" });
    const moved = await harness.admin.connect();
    const updates = await harness.app.subscribe(
      moved,
      "subscription ($id: ID!) { conversationUpdated(conversationId: $id) { visitor { page online } } }",
      { id },
    );
    chat.recordActivity("/rental");
    for (;;) if ((await updates.next()).data?.conversationUpdated.visitor.page === "/rental") break;
    chat.stop();
    for (;;) {
      await harness.app.services.presence.flush();
      if ((await updates.next()).data?.conversationUpdated.visitor.online === false) break;
    }
    await moved.close();
  });
});

describe("When the network fails", () => {
  test("replies that came meanwhile are shown once, in order, and announced once each", async () => {
    const { chat, id } = await harness.beginConversation("Hello");
    const announced: string[] = [];
    chat.onReply(({ text }) => announced.push(text));
    await harness.cutNetwork();
    await until(chat, ({ connection }) => connection !== "online");
    const texts = Array.from({ length: 120 }, (_, index) => `reply ${index}`);
    for (const text of texts) await harness.reply(id, text);
    await harness.mendNetwork();
    chat.wake();
    await until(chat, isOnline);
    expect(textsShown(chat.state)).toEqual(["Hello", ...texts]);
    expect(announced).toEqual(texts);
    expect(chat.state.unread).toBe(120);
  });

  test("what is written meanwhile is sent afterwards, in order, even after a reload", async () => {
    const storage = memoryStorage();
    const { chat, id } = await harness.beginConversation("Hello", { storage });
    await harness.cutNetwork();
    for (const text of ["one", "two", "three"]) chat.send({ text });
    while (!(await storage.getItem("afterchat.outbox"))?.includes("three"));
    chat.stop();
    const reloaded = harness.chat({ storage });
    await reloaded.start();
    await until(reloaded, ({ connection, outbox }) => connection === "offline" && outbox.length === 3);
    await harness.mendNetwork();
    reloaded.wake();
    await until(reloaded, (state) => isOnline(state) && state.outbox.length === 0);
    expect(await harness.textsOf(id)).toEqual(["Hello", "one", "two", "three"]);
    expect(textsShown(reloaded.state)).toEqual(["Hello", "one", "two", "three"]);
  });

  test("a message whose answer is lost is stored once", async () => {
    const respondToNobody = async (send: () => Promise<Response>) => {
      await send();
      return lost();
    };
    const { chat, id } = await harness.beginConversation("once", { fetch: interfere("SendMessage", respondToNobody) });
    expect(await harness.textsOf(id)).toEqual(["once"]);
    expect(textsShown(chat.state)).toEqual(["once"]);
  });

  test("an event that comes before the answer acknowledges the message", async () => {
    const answer = Promise.withResolvers<void>();
    const delay = async (send: () => Promise<Response>) => {
      const response = await send();
      await answer.promise;
      return response;
    };
    const { chat } = await harness.beginConversation("echo", { fetch: interfere("SendMessage", delay) });
    expect(textsShown(chat.state)).toEqual(["echo"]);
    answer.resolve();
    chat.send({ text: "next" });
    await until(chat, (state) => textsShown(state).length === 2 && state.outbox.length === 0);
  });

  test("a proxy's error page counts as no answer", async () => {
    const badGateway = async () => new Response("<h1>502 Bad Gateway</h1>", { status: 502 });
    const { chat } = await harness.beginConversation("Hello", { fetch: interfere("SendMessage", badGateway) });
    expect(textsShown(chat.state)).toEqual(["Hello"]);
  });

  test("typing and reading do not fail the chat", async () => {
    const { chat, id } = await harness.beginConversation("Hello", { fetch: interfere("MarkRead", lost) });
    await harness.reply(id, "Hi");
    await until(chat, (state) => state.unread === 1 && textsShown(state).length === 2);
    const whenRead = await harness.watchRead(id);
    chat.markRead();
    expect(chat.state.unread).toBe(0);
    harness.network.dropConnections();
    expect(await whenRead()).toBe("Hi");
  });

  test("the page of a reply that was edited, read or forwarded meanwhile is read again", async () => {
    const { chat, id } = await harness.beginConversation("Hello");
    const first = chat.state.open?.messages[0]?.id;
    await harness.cutNetwork();
    await harness.admin.do("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
      input: { conversationId: id, messageId: first },
    });
    await harness.mendNetwork();
    chat.wake();
    await until(chat, ({ open }) => open?.messages[0]?.read === true);
  });
});

describe("When the server refuses", () => {
  test("a message that is too long stays, says why, and can be edited", async () => {
    const { chat, id } = await harness.beginConversation("Hello");
    const refused = chat.send({ text: "x".repeat(10_001) }) ?? "";
    const state = await until(chat, ({ outbox }) => outbox[0]?.status === "refused");
    expect(state.outbox[0]?.problem).toMatchObject({ code: "BAD_USER_INPUT", field: "input.text" });
    chat.send({ text: "after it" });
    await until(chat, ({ outbox }) => outbox.length === 1);
    chat.editOutgoing(refused, "shorter");
    await until(chat, ({ outbox }) => outbox.length === 0);
    expect(await harness.textsOf(id)).toEqual(["Hello", "after it", "shorter"]);
  });

  test("a refused message can be discarded, and does not return after a reload", async () => {
    const storage = memoryStorage();
    const { chat } = await harness.beginConversation("Hello", { storage });
    const refused = chat.send({ text: "x".repeat(10_001) }) ?? "";
    await until(chat, ({ outbox }) => outbox[0]?.status === "refused");
    chat.discardOutgoing(refused);
    expect(chat.state.outbox).toEqual([]);
    while ((await storage.getItem("afterchat.outbox")) !== null);
    chat.stop();
    const again = await harness.openPage({ storage });
    expect(again.state.outbox).toEqual([]);
  });

  test("a session that has ended begins anew, silently, and the message goes to the new one", async () => {
    const storage = memoryStorage();
    const { chat, id } = await harness.beginConversation("before", { storage });
    const token = (await storage.getItem("afterchat.token")) ?? "";
    await harness.app.client.as(token).do("mutation { signOut }");
    await until(chat, ({ connection }) => connection !== "online");
    chat.send({ text: "after" });
    const state = await until(chat, (state) => isOnline(state) && textsShown(state).includes("after"));
    expect(state.session).toBe("NEW");
    expect(state.open?.id).not.toBe(id);
    expect(textsShown(state)).toEqual(["after"]);
  });

  test("an identity that cannot be verified is reported, and the chat goes on trying", async () => {
    const chat = harness.chat({ identity: "not a token" });
    await chat.start();
    const { problem } = await until(chat, (state) => state.problem !== null && state.connection === "offline");
    expect(problem?.code).toBe("BAD_USER_INPUT");
    chat.stop();
  });
});

describe("The contact form", () => {
  beforeAll(() => harness.setContactForm("REQUIRED"));
  afterAll(() => harness.setContactForm("OPTIONAL"));

  test("holds a message back until the address is given, also over a reload", async () => {
    const storage = memoryStorage();
    const chat = await harness.openPage({ storage });
    expect(chat.state.contactForm?.current).toBe("REQUIRED");
    chat.open(null);
    chat.send({ text: "Is anybody there?" });
    chat.send({ text: "Hello?" });
    await until(chat, ({ outbox }) => outbox[0]?.status === "contact-form");
    chat.stop();
    const reloaded = await harness.openPage({ storage });
    await until(reloaded, ({ outbox }) => outbox[0]?.status === "contact-form" && outbox.length === 2);
    await expect(reloaded.submitContactForm({ email: "ana at example" })).rejects.toMatchObject({
      field: "input.email",
    });
    reloaded.open(null);
    await reloaded.submitContactForm({ email: "ana@example.com", name: "Ana" });
    const state = await until(reloaded, (state) => state.outbox.length === 0 && textsShown(state).length === 2);
    expect(textsShown(state)).toEqual(["Is anybody there?", "Hello?"]);
    expect(state.visitor).toMatchObject({ email: "ana@example.com", name: "Ana", identified: true });
  });

  test("lets messages go as soon as the rule changes", async () => {
    const chat = await harness.openPage();
    chat.open(null);
    chat.send({ text: "Hello" });
    await until(chat, ({ outbox }) => outbox[0]?.status === "contact-form");
    await harness.setContactForm("OFF");
    await until(chat, ({ outbox }) => outbox.length === 0);
    await harness.setContactForm("REQUIRED");
  });
});

describe("Files", () => {
  test("are sent with the next message", async () => {
    const { chat, id } = await harness.beginConversation("Hello");
    chat.upload(new Blob(["a bike"]), "bike.txt");
    await until(chat, ({ uploads }) => uploads[0]?.status === "done");
    expect(chat.state.uploads[0]).toMatchObject({ name: "bike.txt", sizeBytes: 6, progress: 1 });
    chat.send({ text: "" });
    const state = await until(chat, (state) => textsShown(state).length === 2);
    expect(state.open?.messages[1]?.attachments).toMatchObject([{ name: "bike.txt", sizeBytes: 6 }]);
    expect(state.uploads).toEqual([]);
    expect(await harness.textsOf(id)).toEqual(["Hello", ""]);
  });

  test("of a refused kind say why, and hold nothing up", async () => {
    const { chat } = await harness.beginConversation("Hello");
    const id = chat.upload(new Blob(["MZ"]), "setup.exe");
    await until(chat, ({ uploads }) => uploads[0]?.status === "refused");
    expect(chat.state.uploads[0]?.problem).toMatchObject({ reason: "type" });
    chat.send({ text: "without it" });
    await until(chat, (state) => textsShown(state).includes("without it"));
    chat.removeUpload(id);
    expect(chat.state.uploads).toEqual([]);
  });

  test("whose network is lost are sent again", async () => {
    const { chat } = await harness.beginConversation("Hello");
    await harness.cutNetwork();
    chat.upload(new Blob(["x".repeat(100_000)]), "large.txt");
    await until(chat, ({ uploads }) => uploads[0]?.status === "waiting");
    await harness.mendNetwork();
    chat.wake();
    await until(chat, ({ uploads }) => uploads[0]?.status === "done");
  });
});

test("A visitor's opt-out is shown, of a conversation and of all", async () => {
  const { chat } = await harness.beginConversation("Hello");
  await chat.setEmailOptOut(true, "conversation");
  const optedOut = ({ conversations, visitor }: ChatState) => [conversations[0]?.optedOut, visitor?.optedOut];
  expect(optedOut(chat.state)).toEqual([true, false]);
  await chat.setEmailOptOut(true, "all");
  expect(optedOut(chat.state)[1]).toBe(true);
});

test("forget ends the session: the next start is another visitor", async () => {
  const storage = memoryStorage();
  const { chat } = await harness.beginConversation("Hello", { storage });
  const visitorId = chat.state.visitor?.id;
  await chat.forget();
  expect(chat.state).toMatchObject({ connection: "stopped", visitor: null, conversations: [], open: null });
  await chat.start();
  await until(chat, isOnline);
  expect(chat.state.session).toBe("NEW");
  expect(chat.state.visitor?.id).not.toBe(visitorId);
});
