import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { removeOriginals } from "../../src/inbound/remove-originals.js";
import { TestApp } from "../support/app/test-app.js";
import type { TestContext } from "../support/app/test-context.js";
import { asWritten, type FakeEmail, fakeEmailVendor } from "../support/fakes/email-channel.js";
import { fakeEmailSettings, InboundContext } from "./inbound-context.js";

const dropped = { outcome: "dropped", reason: "AUTO_REPLY", detail: "Auto-Submitted: auto-replied" } as const;

let inbound: InboundContext;
let context: TestContext;

beforeAll(async () => {
  inbound = await InboundContext.setup();
  context = inbound.context;
});
afterEach(() => fakeEmailVendor.behave());
afterAll(() => inbound?.teardown());

/** Runs `use` with another process on the same database, which is stopped afterwards. */
async function withSecondProcess(use: (other: TestApp) => Promise<void>): Promise<void> {
  const { databaseUrl } = context.app.services.config;
  const other = await TestApp.start({ ...fakeEmailSettings, DATABASE_URL: databaseUrl ?? "" });
  try {
    await use(other);
  } finally {
    await other.stop();
  }
}

async function retry(id: string): Promise<string> {
  const { retryInboundEmail } = await context.agent.client.do(
    "mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { status } }",
    { id },
  );
  return retryInboundEmail.status;
}

describe("An inbound email is acknowledged only once it is stored", () => {
  test("is not acknowledged when the database fails, and becomes one message when it is posted again", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const email = inbound.replyFrom(ana);
    await context.app.execute("ALTER TABLE inbound_originals RENAME TO away");
    expect(await inbound.post(email)).toBe(503);
    await context.app.execute("ALTER TABLE away RENAME TO inbound_originals");
    expect(await inbound.receive(email)).toBe(204);
    expect(await inbound.emails(ana)).toHaveLength(1);
  });

  test("becomes one message when the same email is posted repeatedly and concurrently", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const email = inbound.replyFrom(ana);
    const statuses = await Promise.all(Array.from({ length: 8 }, () => inbound.post(email)));
    expect(new Set(statuses)).toEqual(new Set([204]));
    await context.app.tick();
    await inbound.receive(email);
    expect(await inbound.emails(ana)).toHaveLength(1);
    expect(await inbound.inbound({ conversationId: ana.conversationId })).toHaveLength(1);
  });

  test("becomes one message when two emails have the same message, and the second is dropped as REPEATED", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const email = inbound.replyFrom(ana);
    await inbound.receive(email);
    await inbound.receive({ ...email, key: inbound.nextKey() });
    expect(await inbound.emails(ana)).toHaveLength(1);
    expect(await inbound.inbound({ conversationId: ana.conversationId })).toMatchObject([
      { status: "DROPPED", reason: "REPEATED" },
      { status: "UNDERSTOOD", message: { text: "Thank you." } },
    ]);
  });

  test("is not acknowledged when it cannot be stored at all", async () => {
    expect(await inbound.post({ key: "", interpretation: dropped })).toBe(503);
    expect(await inbound.post({ key: "k".repeat(1_001), interpretation: dropped })).toBe(503);
    expect(await inbound.inbound({ reason: "AUTO_REPLY" })).toEqual([]);
  });

  test("is stored and shown with any header content, truncated where it is long", async () => {
    const hostile = `\0\ud800${"x".repeat(2_000)}`;
    const to = Array.from({ length: 200 }, (_, index) => `to${index}@example.com`);
    expect(await inbound.receive({ from: hostile, subject: hostile, to, interpretation: dropped })).toBe(204);
    const [shown] = await inbound.inbound();
    expect(shown?.from).toHaveLength(500);
    expect(shown?.subject).toMatch(/^\ufffd\ufffdx+…$/);
    expect(shown?.to).toHaveLength(50);
  });
});

describe("The interpretation of a stored email", () => {
  test("is done by another process's job when the process ends after storing the email", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const email = inbound.replyFrom(ana);
    await withSecondProcess(async (other) => {
      // As if it were killed right after the commit: it stores emails, and does nothing else.
      await other.interpreter.stop(0);
      const body = JSON.stringify(email);
      expect((await fetch(`${other.url}/webhooks/email`, { method: "POST", body })).status).toBe(204);
    });
    expect((await inbound.inbound())[0]).toMatchObject({ status: "RECEIVED" });
    await context.app.tick();
    expect(await inbound.emails(ana)).toMatchObject([{ text: "Thank you." }]);
  });

  test("is done once by another process when the first ends during it and the lease expires", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const email = inbound.replyFrom(ana);
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    fakeEmailVendor.interpret = async (original) => {
      started.resolve();
      await finish.promise;
      return asWritten(original);
    };
    await withSecondProcess(async (other) => {
      const body = JSON.stringify(email);
      await fetch(`${other.url}/webhooks/email`, { method: "POST", body });
      await started.promise;
      await other.interpreter.stop(0);
    });
    fakeEmailVendor.behave();
    await context.app.tick();
    expect(await inbound.emails(ana)).toEqual([]);
    await context.app.pass(91);
    finish.resolve();
    await context.app.pass(91);
    expect(await inbound.emails(ana)).toHaveLength(1);
  });

  test("changes nothing in a process that was frozen past its lease", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const email = inbound.replyFrom(ana);
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    fakeEmailVendor.interpret = async () => {
      started.resolve();
      await finish.promise;
      return dropped;
    };
    await withSecondProcess(async (other) => {
      const body = JSON.stringify(email);
      await fetch(`${other.url}/webhooks/email`, { method: "POST", body });
      await started.promise;
      fakeEmailVendor.behave();
      await context.app.pass(91);
      finish.resolve();
      await other.interpreter.work();
    });
    expect((await inbound.inbound())[0]).toMatchObject({ status: "UNDERSTOOD" });
    expect(await inbound.emails(ana)).toHaveLength(1);
  });

  test("is retried with growing delays after a failure, then FAILED with the original kept, and an admin can retry it", async () => {
    const ana = await inbound.forwarded("It is ready.");
    let attempts = 0;
    fakeEmailVendor.interpret = async () => {
      attempts += 1;
      throw new Error("The parser crashed");
    };
    await inbound.receiveReply(ana);
    const seen = [attempts];
    for (const minutes of [1, 2, 4, 8, 15, 60]) {
      await context.app.pass(minutes * 60 - 10);
      seen.push(attempts);
      await context.app.pass(11);
      seen.push(attempts);
    }
    expect(seen).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6]);
    const [failed] = await inbound.inbound({ status: "FAILED" });
    expect(failed).toMatchObject({ reason: null, detail: "The parser crashed", message: null });
    expect(failed?.original.sizeBytes).toBeGreaterThan(0);
    await context.passDays(40);
    fakeEmailVendor.behave();
    expect(await retry(failed?.id)).toBe("RECEIVED");
    await context.app.tick();
    expect(await inbound.emails(ana)).toHaveLength(1);
    const refused = await context.agent.client.fail(
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
  ])("fails when the channel returns an invalid one: %s", async (error, interpretation) => {
    await inbound.receive({ interpretation });
    expect((await inbound.inbound())[0]).toMatchObject({ status: "RECEIVED", detail: expect.stringContaining(error) });
  });

  test("applies none of its events when one cannot be applied, and all of them later", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const email = inbound.replyFrom(ana);
    const { events } = email.interpretation as { events: object[] };
    const receipt = { type: "delivered", externalId: "receipt", messageId: "<nothing>" };
    await context.app.execute("ALTER TABLE message_senders RENAME TO away");
    await inbound.receive({ ...email, interpretation: { outcome: "events", events: [receipt, ...events] } });
    expect(await inbound.emails(ana)).toEqual([]);
    expect(await inbound.readReplies(ana)).toEqual([]);
    await context.app.execute("ALTER TABLE away RENAME TO message_senders");
    await context.app.pass(61);
    expect(await inbound.emails(ana)).toHaveLength(1);
  });

  test("keeps messages in the order of receipt, even if the first takes longer", async () => {
    const ana = await inbound.forwarded("It is ready.");
    const second = Promise.withResolvers<void>();
    fakeEmailVendor.interpret = async (original) => {
      const interpretation = asWritten(original);
      if (JSON.stringify(interpretation).includes("First")) await second.promise;
      else second.resolve();
      return interpretation;
    };
    await inbound.post(inbound.replyFrom(ana, { text: "First" }));
    await inbound.post(inbound.replyFrom(ana, { text: "Second" }));
    await context.app.tick();
    expect((await inbound.emails(ana)).map(({ text }) => text)).toEqual(["First", "Second"]);
  });
});

describe("An inbound email that became no message", () => {
  test("is shown to admins with its reason; its content is removed after 30 days, its row stays", async () => {
    const email: FakeEmail = {
      key: inbound.nextKey(),
      from: "robot@example.com",
      to: ["chat@harbour.example"],
      subject: "Out of office",
      interpretation: dropped,
    };
    await inbound.receive(email);
    const [shown] = await inbound.inbound({ reason: "AUTO_REPLY" });
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
    expect(await file.text()).toBe(JSON.stringify(email));

    await context.passDays(31);
    expect((await fetch(url)).status).toBe(403);
    await removeOriginals(context.app.services);
    const before = await inbound.inbound({ reason: "AUTO_REPLY" });
    const [after] = before;
    expect(after).toMatchObject({ id: shown?.id, subject: "Out of office", original: null });
    const refused = await context.agent.client.fail(
      "mutation ($id: ID!) { retryInboundEmail(inboundEmailId: $id) { status } }",
      { id: shown?.id },
    );
    expect(refused).toMatchObject({ extensions: { code: "CONFLICT" }, message: expect.stringContaining("removed") });
    // The same email is still recognized.
    await inbound.receive(email);
    expect(await inbound.inbound({ reason: "AUTO_REPLY" })).toHaveLength(before.length);
  });

  test("and belongs to no conversation is emptied when the visitor it came from is erased", async () => {
    const ana = await inbound.forwarded("It is ready.");
    await inbound.receive({
      from: `Ana <${ana.email.toUpperCase()}>`,
      subject: "My bill",
      interpretation: { outcome: "dropped", reason: "NOT_OURS" },
    });
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
      { id: ana.conversationId },
    );
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: conversation.visitor.id,
    });
    expect((await inbound.inbound())[0]).toMatchObject({ reason: "ERASED", from: null, subject: null, original: null });
  });

  test("has a link to the original that is valid for an hour, and for this email only", async () => {
    await inbound.receive({ interpretation: dropped });
    const [shown] = await inbound.inbound();
    const { url } = shown?.original ?? {};
    expect((await fetch(`${url}x`)).status).toBe(403);
    expect((await fetch(url.replace(/originals\/.{4}/, "originals/aaaa"))).status).toBe(403);
    await context.app.advance(3_599);
    expect((await fetch(url)).status).toBe(200);
    await context.app.advance(2);
    expect((await fetch(url)).status).toBe(403);
  });

  test("is listed in pages, newest first", async () => {
    for (const subject of ["one", "two", "three"]) {
      await inbound.receive({ subject, interpretation: { outcome: "dropped", reason: "LIST_MAIL" } });
      await context.app.advance(1);
    }
    const page = async (after: string | null) =>
      (
        await context.agent.client.do(
          `query ($after: String) { inboundEmails(filter: { reason: LIST_MAIL, status: DROPPED }, first: 2, after: $after) {
            nodes { subject } pageInfo { hasNextPage endCursor } } }`,
          { after },
        )
      ).inboundEmails;
    const first = await page(null);
    expect(first.nodes).toEqual([{ subject: "three" }, { subject: "two" }]);
    const second = await page(first.pageInfo.endCursor);
    expect(second).toMatchObject({ nodes: [{ subject: "one" }], pageInfo: { hasNextPage: false } });
    expect(await inbound.inbound({ conversationId: "no id" })).toEqual([]);
  });
});
