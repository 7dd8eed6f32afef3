import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { DeliveryWorker } from "../../../src/forwarding/deliveries/delivery-worker.js";
import { deferredReports } from "../../../src/inbound/deferred-reports.js";
import { upload } from "../../support/app/upload.js";
import { MetaContext } from "./meta-context.js";

let meta: MetaContext;

beforeAll(async () => {
  meta = await MetaContext.setup();
});

afterEach(async () => {
  meta.graphApi.behave();
  meta.graphApi.echoes = "none";
  await meta.graphApi.webhooks.quiet();
});

afterAll(async () => {
  await meta?.teardown();
});

const work = () => meta.context.app.tick();

describe("A reply to a visitor on Messenger or Instagram", () => {
  test.each([
    ["page", "Messenger"],
    ["instagram", "Instagram"],
  ] as const)("is sent immediately: two quick replies are two deliveries, in order (%s)", async (kind, channelName) => {
    const ana = await meta.user(kind);
    await meta.reply(ana, "It is.");
    await meta.reply(ana, "Come by.");
    await work();
    expect(meta.graphApi.textsTo(ana.id)).toEqual(["It is.", "Come by."]);
    const shown = expect.stringContaining(channelName);
    expect(await meta.deliveries(ana)).toMatchObject(
      ["It is.", "Come by."].map((text) => ({
        status: "SENT",
        address: shown,
        attempts: 1,
        messages: [{ text, forwardedTo: shown }],
      })),
    );
  });

  test("is sent once although two workers look for it concurrently", async () => {
    const ana = await meta.user();
    await meta.reply(ana, "It is.");
    const workers = [1, 2, 3].map(
      () => new DeliveryWorker(meta.context.app.services, deferredReports(meta.context.app.services)),
    );
    await Promise.all(workers.map((worker) => worker.work()));
    await Promise.all(workers.map((worker) => worker.stop(0)));
    await work();
    expect(meta.graphApi.textsTo(ana.id)).toEqual(["It is."]);
  });

  test("with a file: text sent, file refused → a retry sends only the file", async () => {
    const ana = await meta.user();
    const { id } = await upload(meta.context.agent.client, { name: "bike.txt", content: "How to fix a bike" });
    meta.graphApi.behave(({ message }) =>
      message.attachment ? { kind: "refuse", error: "temporary-send-failure" } : { kind: "accept" },
    );
    await meta.reply(ana, "Here it is.", { attachmentIds: [id] });
    await work();
    const [waiting] = await meta.deliveries(ana);
    expect(waiting).toMatchObject({
      status: "QUEUED",
      failure: { code: "UNAVAILABLE", detail: expect.stringContaining("One part was sent before") },
    });
    meta.graphApi.behave();
    await meta.context.passUntil(waiting?.nextAttemptAt);
    expect(meta.graphApi.textsTo(ana.id)).toEqual(["Here it is.", expect.stringContaining("/attachments/")]);
    expect(await meta.statuses(ana)).toEqual(["SENT"]);
  });

  test("respects the reply window: 24:01 by a human → HUMAN_AGENT; by a bot → rejected; day 8 → rejected with the date", async () => {
    const ana = await meta.user();
    await meta.context.passDays(1);
    await meta.context.app.advance(60);
    await meta.reply(ana, "By a person.");
    await meta.reply(ana, "By a bot.", { asBot: "Helper" });
    await work();
    expect(meta.graphApi.taken.slice(-1)).toMatchObject([{ text: "By a person.", sentAs: "HUMAN_AGENT" }]);
    const closed = /window \(24 hours for bots' replies\) closed on \d{4}-\d\d-\d\d \d\d:\d\d UTC/;
    expect(await meta.deliveries(ana)).toMatchObject([
      { status: "SENT" },
      { status: "FAILED", failure: { code: "WINDOW_CLOSED", detail: expect.stringMatching(closed) } },
    ]);
    await meta.context.passDays(7);
    await meta.reply(ana, "Too late.");
    await work();
    expect((await meta.deliveries(ana)).at(-1)).toMatchObject({
      status: "FAILED",
      failure: { code: "WINDOW_CLOSED", detail: expect.stringContaining("7 days") },
    });
    // A new message opens the window again.
    await meta.graphApi.say("page", ana.id, "Hello?");
    await meta.reply(ana, "In time.");
    await work();
    expect(meta.graphApi.taken.at(-1)).toMatchObject({ text: "In time.", sentAs: "RESPONSE" });
  });

  test("that Meta is slow to accept delays its own conversation, and no other", async () => {
    const [ana, ben] = [await meta.user(), await meta.user()];
    const arrived = new Promise<void>((resolve) =>
      meta.graphApi.onTaken(({ recipient }) => {
        if (recipient === ben.id) resolve();
      }),
    );
    meta.graphApi.behave(({ recipient }) =>
      recipient.id === ana.id ? { kind: "hang", taken: "no" } : { kind: "accept" },
    );
    const received = meta.graphApi.contentReceived();
    await meta.reply(ana, "Slowly");
    await received;
    await meta.reply(ben, "Quickly");
    await arrived;
    expect(await meta.statuses(ana)).toEqual(["SENDING"]);
    meta.graphApi.release();
    await work();
    expect(await meta.statuses(ana)).toEqual(["UNCERTAIN"]);
  });

  test("whose connection ended after Meta accepted it is UNCERTAIN and never sent again; later ones are sent", async () => {
    const ana = await meta.user();
    meta.graphApi.behave(({ message }) =>
      message.text === "First" ? { kind: "drop", taken: "yes" } : { kind: "accept" },
    );
    await meta.reply(ana, "First");
    await meta.reply(ana, "Second");
    await work();
    await meta.context.app.pass(3600);
    expect(await meta.statuses(ana)).toEqual(["UNCERTAIN", "SENT"]);
    expect(meta.graphApi.textsTo(ana.id)).toEqual(["First", "Second"]);
  });
});

describe("A worker that is killed", () => {
  test("leaves UNCERTAIN only what it had started: it claims no more than it sends concurrently", async () => {
    const users = [];
    for (let count = 0; count < 12; count += 1) users.push(await meta.user());
    let begun = 0;
    const busy = Promise.withResolvers<void>();
    meta.graphApi.behave(() => {
      begun += 1;
      if (begun === 10) busy.resolve();
      return { kind: "hang", taken: "no" };
    });
    for (const user of users) await meta.reply(user, "Hello");
    const working = work();
    await busy.promise;
    const now = (await Promise.all(users.map((user) => meta.statuses(user)))).flat();
    expect(now.sort()).toEqual([...Array(2).fill("QUEUED"), ...Array(10).fill("SENDING")]);
    meta.graphApi.behave();
    meta.graphApi.release();
    await working;
    await work();
    const then = (await Promise.all(users.map((user) => meta.statuses(user)))).flat();
    expect(then.sort()).toEqual([...Array(2).fill("SENT"), ...Array(10).fill("UNCERTAIN")]);
  });
});

describe("The echo of a reply", () => {
  test.each(["before", "after"] as const)(
    "that arrives %s the response changes nothing: one message, SENT once",
    async (when) => {
      meta.graphApi.echoes = when;
      for (const kind of ["page", "instagram"] as const) {
        const ana = await meta.user(kind);
        await meta.reply(ana, "It is.");
        await work();
        await meta.graphApi.webhooks.quiet();
        expect(await meta.texts(ana)).toEqual(["Is my bike ready?", "It is."]);
        expect(await meta.deliveries(ana)).toMatchObject([
          { status: "SENT", failure: null, messages: [{ forwardedTo: expect.anything() }] },
        ]);
      }
      expect(meta.graphApi.webhooks.statuses.every((status) => status === 200)).toBe(true);
    },
  );

  test("resolves what may have been sent, also in parts: SENT after the last one, never resent", async () => {
    const ana = await meta.user();
    const long = `${"First part. ".repeat(120)}\n\n${"Second part. ".repeat(120)}`;
    meta.graphApi.echoes = "after";
    meta.graphApi.behave(({ message }) =>
      message.text?.startsWith("Second") ? { kind: "drop", taken: "yes" } : { kind: "accept" },
    );
    await meta.reply(ana, long);
    await work();
    await meta.graphApi.webhooks.quiet();
    expect(await meta.deliveries(ana)).toMatchObject([{ status: "SENT", failure: null }]);
    await meta.context.app.pass(3600);
    expect(meta.graphApi.textsTo(ana.id)).toHaveLength(2);
    expect(await meta.texts(ana)).toHaveLength(2);
  });

  test("is not required for a watermark, which marks only what was sent before it", async () => {
    const ana = await meta.user();
    await meta.reply(ana, "Seen");
    await work();
    await meta.context.app.advance(5);
    await meta.graphApi.reportRead("page", ana.id);
    await meta.context.app.advance(5);
    await meta.reply(ana, "Not seen");
    await work();
    const { conversation } = await meta.context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages { nodes { text read } } } }",
      { id: ana.conversationId },
    );
    expect(conversation.messages.nodes.slice(1)).toEqual([
      { text: "Seen", read: true },
      { text: "Not seen", read: false },
    ]);
  });
});

describe("Meta's throttling", () => {
  test("leaves the reply QUEUED, RATE_LIMITED, with its next attempt; Instagram continues", async () => {
    const [ana, ben] = [await meta.user("page"), await meta.user("instagram")];
    meta.graphApi.behave(({ recipient }) =>
      recipient.id === ana.id ? { kind: "refuse", error: "calls-limit" } : { kind: "accept" },
    );
    await meta.reply(ana, "Slowly");
    await work();
    await meta.reply(ben, "Quickly");
    await work();
    const [limited] = await meta.deliveries(ana);
    expect(limited).toMatchObject({ status: "QUEUED", failure: { code: "RATE_LIMITED" } });
    const aheadMs = Date.parse(limited?.nextAttemptAt) - meta.context.now.getTime();
    expect(aheadMs).toBeGreaterThan(40_000);
    expect(await meta.statuses(ben)).toEqual(["SENT"]);
    meta.graphApi.behave();
    await meta.context.passUntil(limited?.nextAttemptAt, 60);
    expect(await meta.statuses(ana)).toEqual(["SENT"]);
  });

  test("is avoided: near the limit the channel pauses by itself, and everything arrives", async () => {
    const users = [await meta.user(), await meta.user(), await meta.user()];
    meta.graphApi.usagePercent = 85;
    for (const user of users) await meta.reply(user, "Hello");
    // A delivery still being sent when the clock advances would exceed its lease.
    await work();
    for (let minutes = 0; minutes < 20; minutes += 1) await meta.context.app.pass(60);
    meta.graphApi.usagePercent = null;
    const arrived = () => users.every((user) => meta.graphApi.textsTo(user.id).length > 0);
    // Each further retry waits longer.
    for (let tries = 0; tries < 60 && !arrived(); tries += 1) await meta.context.app.pass(300);
    for (const user of users) expect(meta.graphApi.textsTo(user.id)).toEqual(["Hello"]);
  });
});

describe("Code 190", () => {
  test("pauses the channel and keeps the queue, even over a weekend; a valid token resumes it, in order", async () => {
    const ana = await meta.user();
    meta.graphApi.setToken(meta.graphApi.pageToken, "expired");
    await meta.reply(ana, "First");
    await work();
    await meta.reply(ana, "Second");
    await work();
    expect(await meta.health()).toMatchObject({
      messenger: { status: "PAUSED", detail: expect.stringContaining("190/463") },
    });
    expect(JSON.stringify(await meta.health())).not.toContain("EAAsecret");
    await meta.context.passDays(3);
    await meta.checkChannels();
    await work();
    expect(await meta.statuses(ana)).toEqual(["QUEUED", "QUEUED"]);
    meta.graphApi.setToken(meta.graphApi.pageToken, "valid");
    await meta.checkChannels();
    await work();
    expect(await meta.health()).toMatchObject({ messenger: { status: "READY" } });
    expect(meta.graphApi.textsTo(ana.id)).toEqual(["First", "Second"]);
    expect(await meta.statuses(ana)).toEqual(["SENT", "SENT"]);
  });
});
