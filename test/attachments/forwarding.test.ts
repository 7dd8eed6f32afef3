import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { png, send, type UploadedFile, upload } from "../support/app/upload.js";
import { words, wordsOfHtml } from "../support/app/words-of-html.js";

const mebibyte = 1_048_576;
let context: TestContext;

beforeAll(async () => {
  context = await TestContext.setup();
});

afterAll(async () => {
  await context?.teardown();
});

/** The agent replies with files; returns their ids. */
async function replyWith(visitor: TestVisitor, text: string, files: readonly UploadedFile[]): Promise<string[]> {
  const { client } = context.agent;
  const attachmentIds: string[] = [];
  for (const file of files) attachmentIds.push((await upload(client, file)).id);
  await send(client, { conversationId: visitor.conversationId, text, attachmentIds });
  return attachmentIds;
}

async function receiveMail(visitor: TestVisitor) {
  await visitor.leave();
  await context.app.pass(331);
  const [mail, ...others] = context.mailsTo(visitor);
  if (mail === undefined || others.length > 0) throw new Error(`Expected one mail, not ${others.length + 1}`);
  const { text = "", html, attachments } = mail.parsed;
  if (!html) throw new Error("The mail has no HTML part");
  return { text, html, attachments };
}

const linksIn = (text: string) => text.match(/http:\/\/\S+\/attachments\/[a-z0-9-]+/g) ?? [];
const zeros = (bytes: number) => new Uint8Array(bytes);

describe("An email with replies that have files", () => {
  test("attaches up to 10 MB in total, and links an attachment over the limit with a signed URL", async () => {
    const visitor = await context.visitor();
    await visitor.say("May I have the manual?");
    const { id } = await upload(visitor.client, { content: png, name: "my-bike.png" });
    await send(visitor.client, { conversationId: visitor.conversationId, text: "This one", attachmentIds: [id] });
    await replyWith(visitor, "Here it is", [
      { content: "Turn left", name: "Anleitung für dich.txt" },
      { content: zeros(6 * mebibyte), name: "first-half.bin" },
    ]);
    await replyWith(visitor, "", [
      { content: zeros(5 * mebibyte), name: "second-half.bin" },
      { content: png, name: "cover.png" },
    ]);
    const { text, html, attachments } = await receiveMail(visitor);
    expect(attachments.map(({ filename, contentType, size }) => [filename, contentType, size])).toEqual([
      ["Anleitung für dich.txt", "text/plain", 9],
      ["first-half.bin", "application/octet-stream", 6 * mebibyte],
      ["cover.png", "image/png", png.length],
    ]);
    expect(attachments[0]?.content.toString()).toBe("Turn left");
    expect(text).toContain(`  Here it is
  Attached: Anleitung für dich.txt (9\u00a0bytes)
  Attached: first-half.bin (6.0\u00a0MB)`);
    expect(text).toMatch(
      /New reply from .*\n {2}Download: second-half\.bin \(5\.0\u00a0MB\)\n {2}http.*\n {2}Attached: cover\.png/,
    );
    expect(text).toMatch(/ {2}This one\n {2}Download: my-bike\.png \(\d+\u00a0bytes\)\n {2}http/);
    const links = linksIn(text);
    expect(links).toHaveLength(2);
    for (const link of links) expect(html).toContain(`href="${link}"`);
    const shown = wordsOfHtml(html).join(" ");
    for (const line of text.split("\n")) expect(shown).toContain(words(line).join(" "));
    expect(html).not.toMatch(/overflow-wrap:anywhere"><\/div>/);

    await context.passDays(29.9);
    const [picture = "", half = ""] = links;
    expect((await (await fetch(picture)).arrayBuffer()).byteLength).toBe(png.length);
    expect((await (await fetch(half)).arrayBuffer()).byteLength).toBe(5 * mebibyte);
    await context.passDays(0.2);
    expect((await fetch(half)).status).toBe(403);
  });

  test("says so when a file no longer exists", async () => {
    const visitor = await context.visitor();
    await visitor.say("May I have the manual?");
    const [id = ""] = await replyWith(visitor, "Here it is", [{ content: "Turn left", name: "manual.txt" }]);
    await rm(join(context.app.directory, "attachments", id));
    const { text, attachments } = await receiveMail(visitor);
    expect(text).toContain("  Here it is\n  manual.txt is no longer available.");
    expect(attachments).toEqual([]);
  });

  test("waits for a file that cannot be read, and links it when the failure lasts", async () => {
    const visitor = await context.visitor();
    await visitor.say("May I have the manual?");
    await replyWith(visitor, "Here it is", [{ content: "Turn left", name: "manual.txt" }]);
    const { attachments: storage } = context.app.services;
    const { read } = storage;
    // The storage does not answer reads; its other operations still work.
    storage.read = async () => {
      throw new Error("The storage does not answer");
    };
    await visitor.leave();
    await context.app.pass(331);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      status: "QUEUED",
      failure: { code: "UNAVAILABLE", detail: "An attachment could not be read" },
    });
    for (const minutes of [2, 4, 8]) await context.app.pass(minutes * 60);
    storage.read = read;
    expect(context.mailCount(visitor)).toBe(1);
    const { text, attachments } = context.mailsTo(visitor)[0]?.parsed ?? {};
    expect(text).toMatch(/Here it is\n {2}Download: manual\.txt \(9\u00a0bytes\)\n {2}http/);
    expect(attachments).toEqual([]);
    const [link = ""] = linksIn(text ?? "");
    expect(await (await fetch(link)).text()).toBe("Turn left");
  });

  test("contains links when the visitor's server refuses the files", async () => {
    const visitor = await context.visitor();
    await visitor.say("May I have the manual?");
    await replyWith(visitor, "Here it is", [{ content: "Turn left", name: "manual.txt" }]);
    context.mail.respondToContent((mail) =>
      mail.parsed.attachments.length > 0 ? { code: 552, message: "5.3.4 Message too big" } : null,
    );
    const { text, attachments } = await receiveMail(visitor);
    context.mail.respondToContent(() => null);
    expect(text).toContain("  Here it is\n  Download: manual.txt (9\u00a0bytes)");
    expect(attachments).toEqual([]);
    const [refusal] = context.mail.refused.filter((mail) => mail.envelopeTo.includes(visitor.email));
    expect(refusal?.parsed.messageId).toBe(context.mailsTo(visitor)[0]?.parsed.messageId);
    expect(await context.agent.delivery(visitor)).toMatchObject({ status: "SENT", failure: null });
  });
});
