import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { removeOriginals } from "../../src/inbound/remove-originals.js";
import { TestApp } from "../support/app/test-app.js";
import type { Stage } from "../support/app/test-context.js";
import { asWritten, type Letter, post } from "../support/fakes/email-channel.js";
import { InboundStage, letterSettings } from "./inbound-stage.js";

const dropped = { outcome: "dropped", reason: "AUTO_REPLY", detail: "Auto-Submitted: auto-replied" } as const;

let letters: InboundStage;
let stage: Stage;

beforeAll(async () => {
  letters = await InboundStage.set();
  stage = letters.stage;
});
afterEach(() => post.behave());
afterAll(() => letters?.strike());

/** Runs a statement beside the program, as an operator does. */
async function execute(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: stage.program.app.services.config.databaseUrl ?? "" });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Another process on the same database; `use` has it to itself until it is stopped. */
async function withAnother(use: (other: TestApp) => Promise<void>): Promise<void> {
  const { databaseUrl } = stage.program.app.services.config;
  const other = await TestApp.start({ ...letterSettings, DATABASE_URL: databaseUrl ?? "" });
  try {
    await use(other);
  } finally {
    await other.stop();
  }
}

async function retry(id: string): Promise<string> {
  const { retryInboundEmail } = await stage.desk.client.do(
    "mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { status } }",
    { id },
  );
  return retryInboundEmail.status;
}

describe("A letter is acknowledged only when it is stored", () => {
  test("the database does not take it → nothing is acknowledged, and brought again it becomes one message", async () => {
    const ana = await letters.forwarded("It is ready.");
    const letter = letters.answerOf(ana);
    await execute("ALTER TABLE inbound_originals RENAME TO away");
    expect(await letters.bring(letter)).toBe(503);
    await execute("ALTER TABLE away RENAME TO inbound_originals");
    expect(await letters.receive(letter)).toBe(204);
    expect(await letters.letters(ana)).toHaveLength(1);
  });

  test("the same mail twice, at once → one message", async () => {
    const ana = await letters.forwarded("It is ready.");
    const letter = letters.answerOf(ana);
    const answers = await Promise.all(Array.from({ length: 8 }, () => letters.bring(letter)));
    expect(new Set(answers)).toEqual(new Set([204]));
    await stage.program.tick();
    await letters.receive(letter);
    expect(await letters.letters(ana)).toHaveLength(1);
    expect(await letters.inbound({ conversationId: ana.conversationId })).toHaveLength(1);
  });

  test("the same message in two mails → one message, and the second is dropped as repeated", async () => {
    const ana = await letters.forwarded("It is ready.");
    const letter = letters.answerOf(ana);
    await letters.receive(letter);
    await letters.receive({ ...letter, key: letters.nextKey() });
    expect(await letters.letters(ana)).toHaveLength(1);
    expect(await letters.inbound({ conversationId: ana.conversationId })).toMatchObject([
      { status: "DROPPED", reason: "REPEATED" },
      { status: "UNDERSTOOD", message: { text: "Thank you." } },
    ]);
  });

  test("what cannot be kept at all is not acknowledged either", async () => {
    expect(await letters.bring({ key: "", interpretation: dropped })).toBe(503);
    expect(await letters.bring({ key: "k".repeat(1_001), interpretation: dropped })).toBe(503);
    expect(await letters.inbound({ reason: "AUTO_REPLY" })).toEqual([]);
  });

  test("whatever stands in its headers, it is kept and shown, cut where it is long", async () => {
    const hostile = `\0\ud800${"x".repeat(2_000)}`;
    const to = Array.from({ length: 200 }, (_, index) => `to${index}@example.com`);
    expect(await letters.receive({ from: hostile, subject: hostile, to, interpretation: dropped })).toBe(204);
    const [shown] = await letters.inbound();
    expect(shown?.from).toHaveLength(500);
    expect(shown?.subject).toMatch(/^\ufffd\ufffdx+…$/);
    expect(shown?.to).toHaveLength(50);
  });
});

describe("What a letter means is found out whatever happens", () => {
  test("the process ends between the two → the job of another finds it out", async () => {
    const ana = await letters.forwarded("It is ready.");
    const letter = letters.answerOf(ana);
    await withAnother(async (other) => {
      // As if it were killed right after the commit: it takes letters, and does nothing more.
      await other.app.interpreter.stop(0);
      const body = JSON.stringify(letter);
      expect((await fetch(`${other.app.url}/webhooks/email`, { method: "POST", body })).status).toBe(204);
    });
    expect((await letters.inbound())[0]).toMatchObject({ status: "RECEIVED" });
    await stage.program.tick();
    expect(await letters.letters(ana)).toMatchObject([{ text: "Thank you." }]);
  });

  test("the process ends while it finds out → another does when the lease has run out, once", async () => {
    const ana = await letters.forwarded("It is ready.");
    const letter = letters.answerOf(ana);
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    post.interpret = async (original) => {
      begun.resolve();
      await finish.promise;
      return asWritten(original);
    };
    await withAnother(async (other) => {
      const body = JSON.stringify(letter);
      await fetch(`${other.app.url}/webhooks/email`, { method: "POST", body });
      await begun.promise;
      await other.app.interpreter.stop(0);
    });
    post.behave();
    await stage.program.tick();
    expect(await letters.letters(ana)).toEqual([]);
    await stage.program.pass(91);
    finish.resolve();
    await stage.program.pass(91);
    expect(await letters.letters(ana)).toHaveLength(1);
  });

  test("a process that was frozen past its lease changes nothing any more", async () => {
    const ana = await letters.forwarded("It is ready.");
    const letter = letters.answerOf(ana);
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    post.interpret = async () => {
      begun.resolve();
      await finish.promise;
      return dropped;
    };
    await withAnother(async (other) => {
      const body = JSON.stringify(letter);
      await fetch(`${other.app.url}/webhooks/email`, { method: "POST", body });
      await begun.promise;
      post.behave();
      await stage.program.pass(91);
      finish.resolve();
      await other.app.interpreter.work();
    });
    expect((await letters.inbound())[0]).toMatchObject({ status: "UNDERSTOOD" });
    expect(await letters.letters(ana)).toHaveLength(1);
  });

  test("a failure is tried again with growing pauses, then stands as FAILED with the original kept, and an admin retries", async () => {
    const ana = await letters.forwarded("It is ready.");
    let attempts = 0;
    post.interpret = async () => {
      attempts += 1;
      throw new Error("The parser fell over");
    };
    await letters.answer(ana);
    const seen = [attempts];
    for (const minutes of [1, 2, 4, 8, 15, 60]) {
      await stage.program.pass(minutes * 60 - 10);
      seen.push(attempts);
      await stage.program.pass(11);
      seen.push(attempts);
    }
    expect(seen).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6]);
    const [failed] = await letters.inbound({ status: "FAILED" });
    expect(failed).toMatchObject({ reason: null, detail: "The parser fell over", message: null });
    expect(failed?.original.sizeBytes).toBeGreaterThan(0);
    await stage.passDays(40);
    post.behave();
    expect(await retry(failed?.id)).toBe("RECEIVED");
    await stage.program.tick();
    expect(await letters.letters(ana)).toHaveLength(1);
    const refused = await stage.desk.client.fail(
      "mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { status } }",
      { id: failed?.id },
    );
    expect(refused.extensions.code).toBe("CONFLICT");
  });

  test.each([
    ["interpretation.reason must be one of AUTO_REPLY", { outcome: "dropped", reason: "BORING" }],
    ["interpretation.events must not be empty", { outcome: "events", events: [] }],
    [
      "events[0].text must be a string",
      { outcome: "events", events: [{ type: "message", externalId: "e", address: "a" }] },
    ],
    ["must be events or dropped", { outcome: "liked" }],
  ])("the channel says something unusable: %s", async (fault, interpretation) => {
    await letters.receive({ interpretation });
    expect((await letters.inbound())[0]).toMatchObject({ status: "RECEIVED", detail: expect.stringContaining(fault) });
  });

  test("half of what it means cannot be applied → none of it is, and later all of it", async () => {
    const ana = await letters.forwarded("It is ready.");
    const letter = letters.answerOf(ana);
    const { events } = letter.interpretation as { events: object[] };
    const receipt = { type: "delivered", externalId: "receipt", messageId: "<nothing>" };
    await execute("ALTER TABLE message_senders RENAME TO away");
    await letters.receive({ ...letter, interpretation: { outcome: "events", events: [receipt, ...events] } });
    expect(await letters.letters(ana)).toEqual([]);
    expect(await letters.readReplies(ana)).toEqual([]);
    await execute("ALTER TABLE away RENAME TO message_senders");
    await stage.program.pass(61);
    expect(await letters.letters(ana)).toHaveLength(1);
  });

  test("what somebody wrote first is shown first, though it takes longer to understand", async () => {
    const ana = await letters.forwarded("It is ready.");
    const second = Promise.withResolvers<void>();
    post.interpret = async (original) => {
      const interpretation = asWritten(original);
      if (JSON.stringify(interpretation).includes("First")) await second.promise;
      else second.resolve();
      return interpretation;
    };
    await letters.bring(letters.answerOf(ana, { text: "First" }));
    await letters.bring(letters.answerOf(ana, { text: "Second" }));
    await stage.program.tick();
    expect((await letters.letters(ana)).map(({ text }) => text)).toEqual(["First", "Second"]);
  });
});

describe("What came in and became no message", () => {
  test("is shown to admins with its reason; its content goes after 30 days, its row stays", async () => {
    const letter: Letter = {
      key: letters.nextKey(),
      from: "robot@example.com",
      to: ["chat@harbour.example"],
      subject: "Out of office",
      interpretation: dropped,
    };
    await letters.receive(letter);
    const [shown] = await letters.inbound({ reason: "AUTO_REPLY" });
    expect(shown).toMatchObject({
      from: "robot@example.com",
      to: ["chat@harbour.example"],
      subject: "Out of office",
      status: "DROPPED",
      reason: "AUTO_REPLY",
      detail: "Auto-Submitted: auto-replied",
      conversation: null,
      message: null,
      channel: { id: "email" },
    });
    const { url } = shown?.original ?? {};
    const file = await fetch(url);
    expect(file.status).toBe(200);
    expect(file.headers.get("content-type")).toBe("message/rfc822");
    expect(file.headers.get("content-disposition")).toMatch(/^attachment; filename="email-\d{4}-\d\d-\d\d\.eml"$/);
    expect(file.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await file.text()).toBe(JSON.stringify(letter));

    await stage.passDays(31);
    expect((await fetch(url)).status).toBe(403);
    await removeOriginals(stage.program.app.services);
    const before = await letters.inbound({ reason: "AUTO_REPLY" });
    const [after] = before;
    expect(after).toMatchObject({ id: shown?.id, subject: "Out of office", original: null });
    const refused = await stage.desk.client.fail(
      "mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { status } }",
      { id: shown?.id },
    );
    expect(refused).toMatchObject({ extensions: { code: "CONFLICT" }, message: expect.stringContaining("removed") });
    // And the same letter is still known.
    await letters.receive(letter);
    expect(await letters.inbound({ reason: "AUTO_REPLY" })).toHaveLength(before.length);
  });

  test("is nobody's, but came from a visitor who is erased: nothing of it stays", async () => {
    const ana = await letters.forwarded("It is ready.");
    await letters.receive({
      from: `Ana <${ana.email.toUpperCase()}>`,
      subject: "My bill",
      interpretation: { outcome: "dropped", reason: "NOT_OURS" },
    });
    const { conversation } = await stage.desk.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
      { id: ana.conversationId },
    );
    await stage.desk.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: conversation.visitor.id,
    });
    expect((await letters.inbound())[0]).toMatchObject({ reason: "ERASED", from: null, subject: null, original: null });
  });

  test("has a link that is good for an hour, and for this one only", async () => {
    await letters.receive({ interpretation: dropped });
    const [shown] = await letters.inbound();
    const { url } = shown?.original ?? {};
    expect((await fetch(`${url}x`)).status).toBe(403);
    expect((await fetch(url.replace(/originals\/.{4}/, "originals/aaaa"))).status).toBe(403);
    await stage.program.advance(3_599);
    expect((await fetch(url)).status).toBe(200);
    await stage.program.advance(2);
    expect((await fetch(url)).status).toBe(403);
  });

  test("comes in pages, newest first", async () => {
    for (const subject of ["one", "two", "three"]) {
      await letters.receive({ subject, interpretation: { outcome: "dropped", reason: "LIST_MAIL" } });
      await stage.program.advance(1);
    }
    const page = async (after: string | null) =>
      (
        await stage.desk.client.do(
          `query ($after: String) { inboundEmails(filter: { reason: LIST_MAIL, status: DROPPED }, first: 2, after: $after) {
            nodes { subject } pageInfo { hasNextPage endCursor } } }`,
          { after },
        )
      ).inboundEmails;
    const first = await page(null);
    expect(first.nodes).toEqual([{ subject: "three" }, { subject: "two" }]);
    const second = await page(first.pageInfo.endCursor);
    expect(second).toMatchObject({ nodes: [{ subject: "one" }], pageInfo: { hasNextPage: false } });
    expect(await letters.inbound({ conversationId: "no id" })).toEqual([]);
  });
});
