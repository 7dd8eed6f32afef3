import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ChannelHealth, ChannelPlugin } from "../../src/channels/channel.js";
import {
  pauseChannel,
  pausedMs,
  readChannelStates,
  resumeChannel,
  throttleChannel,
} from "../../src/channels/health/channel-state.js";
import { checkChannelNow } from "../../src/channels/health/check-channel-now.js";
import { checkChannels } from "../../src/channels/health/check-channels.js";
import { readChannelHealth } from "../../src/channels/health/read-channel-health.js";
import { resumePausedChannel } from "../../src/channels/health/resume-paused-channel.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { fakePlugin, never } from "../support/services/fake-channel.js";

let context: TestServices;
let first: TestServices;
let second: TestServices;
/** What the health check of the channel "email" returns. Both processes run the channels "email" and "pigeon". */
let emailHealth: () => Promise<ChannelHealth>;

const minutes = (count: number) => count * 60_000;
const credentialsInvalid: ChannelHealth = {
  ok: false,
  failure: { code: "CREDENTIALS_INVALID", detail: "535 wrong password" },
};

beforeAll(async () => {
  context = await createServices();
});
afterAll(() => context.stop());

beforeEach(async () => {
  emailHealth = async () => ({ ok: true });
  const channels: readonly ChannelPlugin[] = [
    fakePlugin("email", { connection: { checkHealth: () => emailHealth() } }),
    fakePlugin("pigeon"),
  ];
  const process = () => context.join({ channels, deadlines: { healthMs: 40 } });
  [first, second] = await Promise.all([process(), process()]);
  await Promise.all([first.services.channels.connectAll(), second.services.channels.connectAll()]);
  await first.services.database.query({ name: "empty-states", text: "DELETE FROM channel_states" }, []);
});
afterEach(async () => {
  await Promise.all([first.stop(), second.stop()]);
});

describe("A channel whose credentials are rejected", () => {
  test("is paused for every process by one process's health check, with the reason", async () => {
    emailHealth = async () => credentialsInvalid;
    await checkChannels(first.services);
    const health = await readChannelHealth(second.services);
    expect(health.get("email")).toEqual({
      status: "PAUSED",
      detail: "535 wrong password",
      checkedAt: expect.any(Date),
      pausedAt: expect.any(Date),
      throttledUntil: null,
    });
    expect(health.get("pigeon")?.status).toBe("READY");
    expect(first.services.channels.health("email").status).toBe("PAUSED");
  });

  test("resumes after a successful check by any process, wakes the workers, and adds the pause to its paused time", async () => {
    const { clock, database, events } = second.services;
    let woken = 0;
    events.listen("deliveriesQueued", () => {
      woken += 1;
    });
    const since = new Date(clock.now().getTime() - minutes(7));
    await pauseChannel(first.services.database, "email", "535 wrong password", since);
    // A second rejection does not restart the pause.
    await pauseChannel(first.services.database, "email", "535 still wrong", clock.now());
    const paused = (await readChannelStates(database)).get("email");
    expect(paused).toMatchObject({ pausedAt: since, pausedReason: "535 still wrong", pausedMs: 0 });
    expect(pausedMs(paused, new Date(since.getTime() + minutes(3)))).toBe(minutes(3));

    await checkChannels(second.services);
    await new Promise(setImmediate);
    expect(woken).toBe(1);
    const resumed = (await readChannelStates(first.services.database)).get("email");
    expect(resumed).toMatchObject({ pausedAt: null, pausedReason: null });
    expect(pausedMs(resumed, clock.now())).toBeGreaterThanOrEqual(minutes(7));
    expect(pausedMs(resumed, clock.now())).toBeLessThan(minutes(8));

    // Without a pause no worker is woken.
    await checkChannels(second.services);
    await new Promise(setImmediate);
    expect(woken).toBe(1);
  });

  test("is resumed by an admin through any process, unless the vendor still rejects it", async () => {
    const [one, other] = [first.services, second.services];
    await pauseChannel(one.database, "email", "535 wrong password", one.clock.now());
    const failingChecks: readonly (readonly [() => Promise<ChannelHealth>, string])[] = [
      [async () => credentialsInvalid, "email is still paused: 535 wrong password"],
      [
        async () => ({ ok: false, failure: { code: "UNAVAILABLE", detail: "no route" } }),
        "email is still paused: no route",
      ],
      [never, "email is still paused: the health check failed: no answer within 0.04 s"],
    ];
    for (const [check, message] of failingChecks) {
      emailHealth = check;
      await expect(resumePausedChannel(other, "email")).rejects.toThrow(message);
      expect((await readChannelHealth(one)).get("email")?.status).toBe("PAUSED");
    }
    emailHealth = async () => ({ ok: true });
    await Promise.all([resumePausedChannel(one, "email"), resumePausedChannel(other, "email")]);
    for (const services of [one, other]) {
      expect((await readChannelHealth(services)).get("email")?.status).toBe("READY");
    }
    // A channel that is not paused is not checked.
    emailHealth = async () => credentialsInvalid;
    await resumePausedChannel(one, "email");
    expect((await readChannelHealth(one)).get("email")?.status).toBe("READY");
  });

  test("adds up the length of its pauses, to the millisecond", async () => {
    const { database } = first.services;
    const at = (ms: number) => new Date(Date.UTC(2026, 2, 3, 12) + ms);
    await pauseChannel(database, "email", "once", at(0));
    expect(await resumeChannel(database, "email", at(1_234))).toBe(true);
    expect(await resumeChannel(database, "email", at(5_000))).toBe(false);
    await pauseChannel(database, "email", "twice", at(10_000));
    const state = (await readChannelStates(database)).get("email");
    expect(pausedMs(state, at(10_100))).toBe(1_334);
    expect(pausedMs(undefined, at(0))).toBe(0);
    // The clocks of two processes may differ a little: a pause is never shorter than 0 ms.
    await resumeChannel(database, "email", at(9_999));
    expect((await readChannelStates(database)).get("email")?.pausedMs).toBe(1_234);
  });
});

describe("A health check", () => {
  test("is made once for all who ask while it is in progress, and again for who asks later", async () => {
    const answer = Promise.withResolvers<ChannelHealth>();
    let checks = 0;
    emailHealth = () => {
      checks += 1;
      return answer.promise;
    };
    const asking = Array.from({ length: 5 }, () => checkChannelNow(first.services, "email"));
    await new Promise(setImmediate);
    answer.resolve(credentialsInvalid);
    await Promise.all(asking);
    expect(checks).toBe(1);
    expect((await readChannelHealth(first.services)).get("email")?.status).toBe("PAUSED");
    emailHealth = async () => ({ ok: true });
    await checkChannelNow(first.services, "email");
    expect((await readChannelHealth(first.services)).get("email")?.status).toBe("READY");
  });

  test("stores other failures than credentials without pausing the channel", async () => {
    emailHealth = async () => ({ ok: false, failure: { code: "UNAVAILABLE", detail: "connection refused" } });
    await checkChannels(first.services);
    const health = (await readChannelHealth(second.services)).get("email");
    expect(health).toMatchObject({ status: "READY", detail: "connection refused", checkedAt: expect.any(Date) });
    emailHealth = async () => ({ ok: true, detail: "as me@example.com" });
    await checkChannels(first.services);
    expect((await readChannelHealth(second.services)).get("email")?.detail).toBe("as me@example.com");
  });

  test("is logged when it fails, when it fails differently, and when it succeeds again", async () => {
    for (const detail of ["no route", "no route", "no room", null, null]) {
      emailHealth = async () =>
        detail === null ? { ok: true } : { ok: false, failure: { code: "UNAVAILABLE", detail } };
      await checkChannels(first.services);
    }
    expect(first.lines.filter((line) => line.includes("health check"))).toEqual([
      expect.stringContaining("no route"),
      expect.stringContaining("no room"),
      expect.stringMatching(/^info .* succeeds again/),
    ]);
  });

  test("does not end a pause when it fails for another reason", async () => {
    await pauseChannel(first.services.database, "email", "535 wrong password", first.services.clock.now());
    emailHealth = async () => ({ ok: false, failure: { code: "TIMED_OUT", detail: "no answer" } });
    await checkChannels(first.services);
    expect((await readChannelHealth(second.services)).get("email")?.status).toBe("PAUSED");
  });

  test.each([
    ["throws", () => Promise.reject(new Error("no such host")), /no such host/],
    ["hangs", never, /no answer within 0.04 s/],
    ["returns an invalid result", async () => ({ ok: "yes" }) as unknown as ChannelHealth, /./],
  ] as const)("that %s counts as failed, is logged, and does not affect other channels", async (_, check, detail) => {
    emailHealth = check;
    await checkChannels(first.services);
    const health = await readChannelHealth(first.services);
    expect(health.get("email")?.status).toBe("READY");
    expect(health.get("email")?.detail).toMatch(detail);
    expect(health.get("pigeon")?.checkedAt).toEqual(expect.any(Date));
    expect(first.lines).toContainEqual(expect.stringMatching(/^error A channel's health check threw/));
  });
});

test("A shorter rate limit never replaces a longer one", async () => {
  const { database, clock } = first.services;
  const at = (ms: number) => new Date(clock.now().getTime() + ms);
  const long = at(minutes(10));
  await throttleChannel(database, "pigeon", long);
  await throttleChannel(second.services.database, "pigeon", at(minutes(1)));
  expect((await readChannelStates(database)).get("pigeon")?.throttledUntil).toEqual(long);
  const longer = at(minutes(20));
  await throttleChannel(database, "pigeon", longer);
  expect((await readChannelStates(database)).get("pigeon")?.throttledUntil).toEqual(longer);
});
