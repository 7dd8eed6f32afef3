import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ChannelConnection, ChannelPlugin } from "../../src/channels/channel.js";
import type { ChannelDeadlines } from "../../src/channels/deadline.js";
import { checkChannels } from "../../src/channels/health/check-channels.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { fakePlugin, never } from "../support/services/fake-channel.js";

let context: TestServices;
beforeAll(async () => {
  context = await createServices();
});
afterAll(() => context.stop());

async function start(channels: readonly ChannelPlugin[], deadlines: Partial<ChannelDeadlines> = {}) {
  const process = await context.join({ channels, deadlines });
  return { services: process.services, lines: process.lines, stop: () => process.stop() };
}

async function connectionOf(plugin: ChannelPlugin): Promise<ChannelConnection> {
  return plugin.connect({}, {} as Parameters<ChannelPlugin["connect"]>[1]);
}

describe("The channels of a process", () => {
  test("keep their order and are separated by policy, configured or not", async () => {
    const { services, stop } = await start([
      fakePlugin("sms"),
      fakePlugin("push", { policy: "immediate" }),
      fakePlugin("email", { configure: () => undefined }),
    ]);
    const { channels } = services;
    await services.channels.connectAll();
    expect(channels.all().map(({ plugin }) => plugin.id)).toEqual(["sms", "push", "email"]);
    expect(channels.whenAway()).toEqual(["sms", "email"]);
    expect(channels.immediate()).toEqual(["push"]);
    expect(channels.get("sms")?.connection).not.toBeNull();
    expect(channels.get("email")?.connection).toBeNull();
    expect(channels.get("fax")).toBeUndefined();
    const never = { checkedAt: null, pausedAt: null, throttledUntil: null };
    expect(channels.health("sms")).toEqual({ status: "READY", detail: null, ...never });
    expect(channels.health("email")).toEqual({ status: "NOT_CONFIGURED", detail: null, ...never });
    await stop();
  });

  test("are connected although one throws, hangs or returns no connection; that one is PAUSED until a health check connects it", async () => {
    const good = await connectionOf(fakePlugin("good"));
    let attempts = 0;
    const { services, lines, stop } = await start(
      [
        fakePlugin("throwing", {
          connect: () => {
            attempts += 1;
            if (attempts === 1) throw new Error("port taken");
            return Promise.resolve(good);
          },
        }),
        fakePlugin("hanging", { connect: never }),
        fakePlugin("incomplete", { connect: async () => ({ close: async () => {} }) as ChannelConnection }),
        fakePlugin("good"),
      ],
      { connectMs: 40 },
    );
    const { channels } = services;
    await services.channels.connectAll();
    expect(channels.get("good")?.connection).not.toBeNull();
    for (const id of ["throwing", "hanging", "incomplete"]) expect(channels.get(id)?.connection).toBeNull();
    expect(channels.health("throwing")).toEqual({
      status: "PAUSED",
      detail: "could not connect: port taken",
      checkedAt: expect.any(Date),
      pausedAt: expect.any(Date),
      throttledUntil: null,
    });
    expect(channels.health("hanging").detail).toBe("could not connect: no answer within 0.04 s");
    expect(channels.health("incomplete").detail).toMatch(/deliver must be a function; checkHealth must be a function/);
    expect(lines.filter((line) => line.includes("could not be connected"))).toHaveLength(3);

    await checkChannels(services);
    expect(channels.health("throwing").status).toBe("READY");
    expect(channels.health("hanging").status).toBe("PAUSED");
    await stop();
  });

  test("use a connection that arrives late, and close a second one", async () => {
    const arrivals: PromiseWithResolvers<ChannelConnection>[] = [];
    const closed: string[] = [];
    const late = fakePlugin("late", {
      connect: () => {
        const arrival = Promise.withResolvers<ChannelConnection>();
        arrivals.push(arrival);
        return arrival.promise;
      },
    });
    const { services, stop } = await start([late], { connectMs: 10 });
    const { channels } = services;
    await services.channels.connectAll();
    await services.channels.connectAll();
    const connection = await connectionOf(fakePlugin("late"));
    const second = { ...connection, close: async () => void closed.push("second") };
    arrivals[1]?.resolve(connection);
    arrivals[0]?.resolve(second);
    await Promise.all(arrivals.map(({ promise }) => promise));
    await new Promise(setImmediate);
    expect(channels.get("late")?.connection).toBe(connection);
    expect(channels.health("late").status).toBe("READY");
    expect(closed).toEqual(["second"]);
    await stop();
  });

  test("are all closed, although one throws and one hangs", async () => {
    const closed: string[] = [];
    const { services, lines, stop } = await start(
      [
        fakePlugin("throwing", { connection: { close: () => Promise.reject(new Error("stuck")) } }),
        fakePlugin("hanging", { connection: { close: never } }),
        fakePlugin("good", { connection: { close: async () => void closed.push("good") } }),
      ],
      { closeMs: 40 },
    );
    await services.channels.connectAll();
    await services.channels.close();
    expect(closed).toEqual(["good"]);
    expect(lines).toEqual([
      'error A channel could not be closed {"channel":"throwing","reason":"stuck"}',
      'error A channel could not be closed {"channel":"hanging","reason":"no answer within 0.04 s"}',
    ]);
    // After closing, a health check that is still running connects nothing.
    await services.channels.connectAll();
    expect(services.channels.get("good")?.connection).toBeNull();
    await stop();
  });

  test("get the short routes they declare, except reserved or malformed ones and those of an earlier channel", async () => {
    const { services, lines, stop } = await start([
      fakePlugin("first", { connection: { shortRoutes: ["mailbox", "mailbox.json", "graphql", "a/b"] } }),
      fakePlugin("second", { connection: { shortRoutes: ["mailbox", "letters"] } }),
    ]);
    await services.channels.connectAll();
    const { channels } = services;
    expect(channels.findByShortRoute("mailbox")?.plugin.id).toBe("first");
    expect(channels.findByShortRoute("mailbox.json")?.plugin.id).toBe("first");
    expect(channels.findByShortRoute("letters")?.plugin.id).toBe("second");
    expect(channels.findByShortRoute("graphql")).toBeUndefined();
    expect(lines).toEqual([
      expect.stringMatching(/rejected.*"first","route":"graphql","fault":"\/graphql is reserved/),
      expect.stringMatching(/rejected.*"first","route":"a\/b"/),
      expect.stringMatching(/rejected.*"second","route":"mailbox","fault":"already served by channel first/),
    ]);
    await stop();
  });
});
