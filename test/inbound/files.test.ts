import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data } from "../support/app/graphql-client.js";
import type { TestContext } from "../support/app/test-context.js";
import { fakeEmailVendor } from "../support/fakes/email-channel.js";
import { InboundContext } from "./inbound-context.js";

let inbound: InboundContext;
let context: TestContext;

beforeAll(async () => {
  inbound = await InboundContext.setup();
  context = inbound.context;
});
afterEach(() => fakeEmailVendor.behave());
afterAll(() => inbound?.teardown());

const file = (name: string | null, content: string | Buffer, contentType: string | null = null): Data => ({
  name,
  contentType,
  content: Buffer.from(content).toString("base64"),
});
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

async function storedFiles(): Promise<string[]> {
  const entries = await readdir(resolve(context.app.services.config.dataDirectory, "attachments"), {
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe("Files attached to an inbound email", () => {
  test("with an empty body become a message with the files, typed by their content and with safe names", async () => {
    const ana = await inbound.forwarded("Send a picture.");
    const attachments = [file("../../etc/saddle.png", png, "text/html"), file(null, "Hello")];
    await inbound.receiveReply(ana, { text: "", attachments });
    const [message] = await inbound.emails(ana);
    expect(message).toMatchObject({
      text: "",
      attachments: [
        { name: "saddle.png", contentType: "image/png", sizeBytes: png.length },
        { name: "attachment", contentType: "text/plain", sizeBytes: 5 },
      ],
    });
    const { conversation } = await ana.client.do(
      "query ($id: ID!) { conversation(id: $id) { lastMessage { attachments { url } } } }",
      { id: ana.conversationId },
    );
    const content = await fetch(conversation.lastMessage.attachments[0].url);
    expect(Buffer.from(await content.arrayBuffer())).toEqual(png);
  });

  test("that are refused for their type or number, or are empty, are named in the message", async () => {
    const ana = await inbound.forwarded("Send a picture.");
    const before = await storedFiles();
    const many = Array.from({ length: 12 }, (_, index) => file(`note-${index}.txt`, "Hello"));
    const attachments = [file("setup.exe", "MZ"), file("script", "#!/bin/sh\n"), file("void.txt", ""), ...many];
    await inbound.receiveReply(ana, { text: "Here.", attachments });
    const [message] = await inbound.emails(ana);
    expect(message?.attachments).toHaveLength(10);
    expect(message?.text).toBe(
      [
        "Here.\n",
        "[File not saved: setup.exe, because programs and scripts are not accepted.]",
        "[File not saved: script, because programs and scripts are not accepted.]",
        "[File not saved: void.txt, because the file is empty.]",
        "[File not saved: note-10.txt, because a message can have at most 10 files.]",
        "[File not saved: note-11.txt, because a message can have at most 10 files.]",
      ].join("\n"),
    );
    expect(await storedFiles()).toHaveLength(before.length + 10);
  });

  test("are not stored when the email becomes no message: REPEATED, or the visitor erased", async () => {
    const ana = await inbound.forwarded("Send a picture.");
    const email = inbound.replyFrom(ana, { attachments: [file("a.txt", "Hello")] });
    const before = await storedFiles();
    await inbound.receive(email);
    await inbound.receive({ ...email, key: inbound.nextKey() });
    expect(await storedFiles()).toHaveLength(before.length + 1);
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
      { id: ana.conversationId },
    );
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: conversation.visitor.id,
    });
    await inbound.receiveReply(ana, { attachments: [file("b.txt", "Hello")] });
    expect(await storedFiles()).toEqual(before);
  });

  test("that cannot be stored make the email wait, and it is received completely later", async () => {
    const ana = await inbound.forwarded("Send a picture.");
    const { attachments } = context.app.services;
    const { store } = attachments;
    attachments.store = async () => {
      throw new Error("The disk is unavailable");
    };
    await inbound.receiveReply(ana, { text: "Here.", attachments: [file("a.txt", "Hello")] });
    expect(await inbound.emails(ana)).toEqual([]);
    expect((await inbound.inbound())[0]).toMatchObject({ status: "RECEIVED", detail: "The disk is unavailable" });
    attachments.store = store;
    await context.app.pass(61);
    expect(await inbound.emails(ana)).toMatchObject([{ text: "Here.", attachments: [{ name: "a.txt" }] }]);
  });
});
