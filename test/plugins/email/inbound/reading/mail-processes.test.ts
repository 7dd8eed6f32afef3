import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { MailProcesses } from "../../../../../plugins/email/inbound/reading/mail-processes.js";
import { readerInThisThread } from "../../../../../plugins/email/inbound/reading/mail-reader.js";
import type { MailToRead, ReadMail } from "../../../../../plugins/email/inbound/reading/read-mail.js";
import type { ReaderLimits } from "../../../../../plugins/email/inbound/reading/reader-process.js";
import { until } from "../../../../e2e/crashes/until.js";
import { interpret, mail, multipart, ownAddress } from "../interpret.js";

const misbehaving = fileURLToPath(new URL("./misbehaving-child.js", import.meta.url));
const never = new AbortController().signal;

let open: MailProcesses | null = null;
afterEach(async () => {
  await open?.close();
  open = null;
});

/** Processes that misbehave when an email asks them to, and have two seconds and a small heap for each. */
function processes(limits: Partial<ReaderLimits> = {}): MailProcesses {
  open = new MailProcesses({ file: misbehaving, maxMs: () => 2_000, maxHeapMegabytes: 64, ...limits });
  return open;
}

function toRead(raw: string): MailToRead {
  return {
    content: Buffer.from(raw),
    envelope: {
      ...{ via: "smtp", from: "ana@home.example", to: [] },
      ...{ remoteAddress: null, helo: null, arrivedAt: null, providerId: null },
    },
    own: { from: ownAddress, replyDomain: null },
    authservId: null,
    extent: "whole",
  };
}

/** Buffers as texts, which are compared faster. */
function comparable({ message, ...mail }: ReadMail) {
  const hash = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");
  return {
    ...mail,
    text: message.text,
    attachments: message.attachments.map(({ content, ...file }) => ({ ...file, hash: hash(content) })),
  };
}

/** Those of this file's tests: the run has others. */
function childProcesses(): number {
  return processesNow() - before;
}

function processesNow(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "ProcessWrap").length;
}

let before = 0;
beforeAll(() => {
  before = processesNow();
});

describe("A process that reads emails", () => {
  test("understands what the calling process understands, attachments included", async () => {
    const file = (name: string, content: Buffer) => [
      `Content-Type: application/pdf; name=${name}`,
      "Content-Transfer-Encoding: base64",
      "",
      content.toString("base64"),
    ];
    const { type, lines } = multipart(
      "mixed",
      ["Content-Type: text/plain; charset=utf-8", "", "Olá — see the files."],
      file("short.pdf", Buffer.from("%PDF")),
      file("empty.pdf", Buffer.alloc(0)),
      file("long.pdf", Buffer.alloc(1_200_000, "%PDF-1.7 ")),
    );
    const reader = processes({ maxHeapMegabytes: 256, maxMs: () => 20_000 });
    for (const raw of [mail({ "Content-Type": type }, ...lines), mail({}, "Thank you."), "", mail({ From: null })]) {
      expect(comparable(await reader.read(toRead(raw), never))).toEqual(
        comparable(await readerInThisThread.read(toRead(raw), never)),
      );
    }
  });

  test.each([
    ["does not end", "Spin, please.", "reading it took longer than 2 seconds"],
    ["fills the heap", "Fill the heap, please.", "reading it needed too much memory"],
  ])("is replaced after an email that %s, which the conversation shows", async (_, text, why) => {
    const reader = processes({ maxMs: () => (text.startsWith("Spin") ? 2_000 : 30_000) });
    const [hostile, next] = await Promise.all([
      interpret(mail({}, text), { reader }),
      interpret(mail({ "Message-ID": "<next@home.example>" }, "Thank you."), { reader }),
    ]);
    expect(hostile).toMatchObject({
      events: [
        {
          externalId: "<answer@home.example>",
          text: `[This email could not be read, because ${why}: see the original.]`,
          sender: { address: "ana@home.example", authenticated: false },
        },
      ],
    });
    expect(next).toMatchObject({ events: [{ text: "Thank you." }] });
  });

  test("that is ended by the header alone drops the email, with the reason", async () => {
    const reader = processes({ maxMs: () => 500 });
    expect(await interpret(mail({ Subject: "Spin, please." }, "Hello"), { reader })).toMatchObject({
      outcome: "dropped",
      reason: "UNREADABLE",
      detail: "Not even its header could be read: reading it took longer than 0.5 seconds.",
    });
  });

  test("that ends for another reason fails the attempt, which is repeated later", async () => {
    // It would end with another code if it had the program's secrets.
    process.env.APP_SECRET = "a secret of the tests that is long enough";
    const reader = processes();
    await expect(interpret(mail({}, "Exit, please."), { reader })).rejects.toThrow("ended: exit code 7");
    expect(await interpret(mail({}, "Thank you."), { reader })).toMatchObject({ events: [{ text: "Thank you." }] });
    Reflect.deleteProperty(process.env, "APP_SECRET");
  });

  test("that cannot be started fails the attempt", async () => {
    const reader = processes({ file: `${misbehaving}.missing` });
    await expect(interpret(mail({}, "Thank you."), { reader })).rejects.toThrow(/did not start: exit code 1/);
  });

  test("ends when the program stops, whatever it is doing", async () => {
    const reader = processes({ maxMs: () => 60_000 });
    const stop = new AbortController();
    const reading = [
      reader.read(toRead(mail({}, "Spin, please.")), stop.signal),
      reader.read(toRead(mail({}, "Thank you.")), stop.signal),
    ];
    await until(
      async () => childProcesses(),
      (count) => count > 0,
    );
    stop.abort(new Error("The program stops."));
    for (const each of reading) await expect(each).rejects.toThrow("The program stops.");
    await reader.close();
    // A handle counts until it is closed, a moment after its process has ended.
    await until(
      async () => childProcesses(),
      (count) => count === 0,
    );
  });

  test("starts with the first email, and ends when there is nothing to do", async () => {
    const reader = processes({ idleMs: 100 });
    expect(childProcesses()).toBe(0);
    await reader.read(toRead(mail({}, "Thank you.")), never);
    expect(childProcesses()).toBe(1);
    await until(
      async () => childProcesses(),
      (count) => count === 0,
    );
    expect(await reader.read(toRead(mail({}, "Again.")), never)).toMatchObject({ message: { text: "Again." } });
  });
});
