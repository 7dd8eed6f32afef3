import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data } from "../support/app/graphql-client.js";
import type { Stage } from "../support/app/test-context.js";
import { post } from "../support/fakes/email-channel.js";
import { InboundStage } from "./inbound-stage.js";

let letters: InboundStage;
let stage: Stage;

beforeAll(async () => {
  letters = await InboundStage.set();
  stage = letters.stage;
});
afterEach(() => post.behave());
afterAll(() => letters?.strike());

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
  const entries = await readdir(resolve(stage.program.app.services.config.dataDirectory, "attachments"), {
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe("Files that came with an email", () => {
  test("empty body with attachment → a message with the file, by its content and under a harmless name", async () => {
    const ana = await letters.forwarded("Send a picture.");
    const attachments = [file("../../etc/saddle.png", png, "text/html"), file(null, "Hello")];
    await letters.answer(ana, { text: "", attachments });
    const [message] = await letters.letters(ana);
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

  test("are refused by type or number, or are empty: the message names them, so that nothing vanishes silently", async () => {
    const ana = await letters.forwarded("Send a picture.");
    const before = await storedFiles();
    const many = Array.from({ length: 12 }, (_, index) => file(`note-${index}.txt`, "Hello"));
    const attachments = [file("setup.exe", "MZ"), file("script", "#!/bin/sh\n"), file("void.txt", ""), ...many];
    await letters.answer(ana, { text: "Here.", attachments });
    const [message] = await letters.letters(ana);
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

  test("stay nowhere when no message came of it: repeated, or the visitor erased", async () => {
    const ana = await letters.forwarded("Send a picture.");
    const letter = letters.answerOf(ana, { attachments: [file("a.txt", "Hello")] });
    const before = await storedFiles();
    await letters.receive(letter);
    await letters.receive({ ...letter, key: letters.nextKey() });
    expect(await storedFiles()).toHaveLength(before.length + 1);
    const { conversation } = await stage.desk.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
      { id: ana.conversationId },
    );
    await stage.desk.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: conversation.visitor.id,
    });
    await letters.answer(ana, { attachments: [file("b.txt", "Hello")] });
    expect(await storedFiles()).toEqual(before);
  });

  test("cannot be stored now: the email waits, and comes whole later", async () => {
    const ana = await letters.forwarded("Send a picture.");
    const { attachments } = stage.program.app.services;
    const { store } = attachments;
    attachments.store = async () => {
      throw new Error("The disk is away");
    };
    await letters.answer(ana, { text: "Here.", attachments: [file("a.txt", "Hello")] });
    expect(await letters.letters(ana)).toEqual([]);
    expect((await letters.inbound())[0]).toMatchObject({ status: "RECEIVED", detail: "The disk is away" });
    attachments.store = store;
    await stage.program.pass(61);
    expect(await letters.letters(ana)).toMatchObject([{ text: "Here.", attachments: [{ name: "a.txt" }] }]);
  });
});
