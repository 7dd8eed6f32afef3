import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ChannelConnection, Json, Outbound, OutboundAttachment } from "afterchat/channel";
import {
  createTestHost,
  sampleAttachment,
  sampleMessage,
  sampleOutbound,
  type TestHost,
} from "afterchat/channel-contract";
import { instagramChannel } from "../../../plugins/instagram/index.js";
import { messengerChannel } from "../../../plugins/messenger/index.js";
import type { MetaAddress } from "../../../plugins/meta/address.js";
import { FakeGraphApi } from "../../support/fakes/graph-api/graph-api.js";

const psid = "24000000000000017";
const igsid = "78000000000000012";
const hourMs = 3_600_000;
const running = new AbortController().signal;

let files: Server;
let host: TestHost;
let graphApi: FakeGraphApi;
let messenger: ChannelConnection<MetaAddress>;
let instagram: ChannelConnection<MetaAddress>;

beforeAll(async () => {
  files = createServer((request, response) => {
    const content = request.url?.slice(1) ?? "";
    response.writeHead(200, { "content-type": content.endsWith("png") ? "image/png" : "text/plain" }).end(content);
  }).listen(0, "127.0.0.1");
  await once(files, "listening");
});

afterAll(async () => {
  files.closeAllConnections();
  files.close();
  await once(files, "close");
});

beforeEach(async () => {
  host = createTestHost();
  graphApi = await FakeGraphApi.start(() => host.now());
  const connect = async (channel: typeof messengerChannel, environment: Record<string, string>) => {
    const config = channel.configure(environment);
    if (config === undefined) throw new Error("The settings configure nothing");
    return channel.connect(config, host);
  };
  messenger = await connect(messengerChannel, graphApi.messengerEnvironment);
  instagram = await connect(instagramChannel, graphApi.instagramEnvironment());
  graphApi.meet("page", psid);
  graphApi.meet("instagram", igsid);
});

afterEach(async () => {
  await messenger.close();
  await instagram.close();
  await graphApi.stop();
});

function file(name: string, contentType: string): OutboundAttachment {
  const url = `http://127.0.0.1:${(files.address() as AddressInfo).port}/${name}`;
  return sampleAttachment(name, name, { url, contentType });
}

/** A delivery of one reply that stores its progress, as Afterchat does. */
function replyOf(
  text: string,
  overrides: Partial<Outbound<MetaAddress>> = {},
): Outbound<MetaAddress> & { storedProgress: Json } {
  const outbound = {
    ...sampleOutbound<MetaAddress>({ id: psid, account: graphApi.pageId }),
    lastInbound: { externalId: "m_0", at: host.now() },
    messages: [sampleMessage(text)],
    storedProgress: null as Json,
    ...overrides,
  };
  return Object.assign(outbound, {
    saveProgress: async (progress: Json) => {
      outbound.storedProgress = progress;
    },
  });
}

function toInstagram(text: string, overrides: Partial<Outbound<MetaAddress>> = {}) {
  return replyOf(text, { address: { id: igsid, account: graphApi.instagramId }, ...overrides });
}

const twoParts = `${"First part. ".repeat(120)}\n\n${"Second part. ".repeat(120)}`;
const pass = (ms: number) => host.setTime(new Date(host.now().getTime() + ms));

describe("A reply", () => {
  test("too long for one message is sent in parts, in order, each stored before the next is sent", async () => {
    const outbound = replyOf(twoParts);
    const sent: string[] = [];
    graphApi.onTaken(() =>
      sent.push(`sent, ${JSON.stringify(outbound.storedProgress).length > 4 ? "one" : "none"} stored before`),
    );
    const result = await messenger.deliver(outbound, running);
    expect(sent).toEqual(["sent, none stored before", "sent, one stored before"]);
    expect(result).toEqual({ outcome: "accepted", externalIds: graphApi.taken.map(({ messageId }) => messageId) });
    expect(graphApi.textsTo(psid).map((text) => text.slice(0, 6))).toEqual(["First ", "Second"]);
    // Only the echo of the last part proves that all parts were sent.
    expect(graphApi.taken.map(({ metadata }) => metadata)).toEqual([`${outbound.deliveryId} +`, outbound.deliveryId]);
  });

  test("of which one part was sent continues with the missing part", async () => {
    const outbound = replyOf(twoParts);
    graphApi.behave(({ message }) =>
      message.text?.startsWith("Second") ? { kind: "refuse", error: "temporary" } : { kind: "accept" },
    );
    expect(await messenger.deliver(outbound, running)).toMatchObject({
      outcome: "retry",
      failure: { code: "UNAVAILABLE", detail: expect.stringContaining("One part was sent before") },
    });
    graphApi.behave();
    const result = await messenger.deliver({ ...outbound, attempt: 2, progress: outbound.storedProgress }, running);
    expect(result).toEqual({ outcome: "accepted", externalIds: graphApi.taken.map(({ messageId }) => messageId) });
    expect(graphApi.taken).toHaveLength(2);
  });

  test("whose text was sent and whose file was refused sends only the file in a retry", async () => {
    const outbound = replyOf("Here it is.", {
      messages: [sampleMessage("Here it is.", { attachments: [file("bike.png", "image/png")] })],
    });
    graphApi.behave(({ message }) =>
      message.attachment ? { kind: "refuse", error: "temporary-send-failure" } : { kind: "accept" },
    );
    expect(await messenger.deliver(outbound, running)).toMatchObject({ outcome: "retry" });
    graphApi.behave();
    expect(
      await messenger.deliver({ ...outbound, attempt: 2, progress: outbound.storedProgress }, running),
    ).toMatchObject({
      outcome: "accepted",
      externalIds: graphApi.taken.map(({ messageId }) => messageId),
    });
    expect(graphApi.textsTo(psid)).toEqual(["Here it is.", expect.stringContaining("/bike.png")]);
    expect(graphApi.requests.at(-1)?.message.attachment).toMatchObject({ type: "image" });
  });

  test("with a file that Meta refuses or cannot fetch sends a link instead", async () => {
    const gone = sampleAttachment("gone.txt", "gone", { url: "http://127.0.0.1:9/gone.txt" });
    await messenger.deliver(replyOf("", { messages: [sampleMessage("", { attachments: [gone] })] }), running);
    expect(graphApi.textsTo(psid)).toEqual(["gone.txt\nhttp://127.0.0.1:9/gone.txt"]);
    const attachments = [file("table.csv", "text/csv"), { ...file("huge.png", "image/png"), sizeBytes: 9_000_000 }];
    expect(
      await instagram.deliver(toInstagram("", { messages: [sampleMessage("", { attachments })] }), running),
    ).toMatchObject({ outcome: "accepted" });
    expect(graphApi.textsTo(igsid)).toEqual([
      expect.stringMatching(/^table\.csv\nhttp/),
      expect.stringMatching(/^huge\.png\nhttp/),
    ]);
  });

  test("is measured in UTF-8 bytes on Instagram", async () => {
    expect(await instagram.deliver(toInstagram("長い文章です。".repeat(60)), running)).toMatchObject({
      outcome: "accepted",
    });
    expect(graphApi.textsTo(igsid).join("")).toBe("長い文章です。".repeat(60));
    expect(graphApi.taken.map(({ metadata }) => metadata)).toEqual([null, null]);
  });

  test("to a person of another Page is rejected without a request", async () => {
    const address = { id: psid, account: "999" };
    expect(await messenger.deliver(replyOf("Hi", { address }), running)).toMatchObject({
      outcome: "rejected",
      failure: { code: "ADDRESS_INVALID" },
    });
    expect(graphApi.requests).toEqual([]);
  });
});

describe("Meta's window", () => {
  const byBot = { messages: [sampleMessage("Beep", { author: { kind: "bot", name: "Helper" } })] };

  test("is RESPONSE until 23:59, from 24:01 HUMAN_AGENT for a person and closed for a bot, and closed on day 8, with the reason", async () => {
    const outbound = replyOf("Hi");
    pass(24 * hourMs - 60_000);
    await messenger.deliver(outbound, running);
    await messenger.deliver({ ...outbound, ...byBot }, running);
    pass(120_000);
    await messenger.deliver(outbound, running);
    expect(graphApi.taken.map(({ sentAs }) => sentAs)).toEqual(["RESPONSE", "RESPONSE", "HUMAN_AGENT"]);
    expect(await messenger.deliver({ ...outbound, ...byBot }, running)).toMatchObject({
      outcome: "rejected",
      failure: { code: "WINDOW_CLOSED", detail: expect.stringContaining("closed on 2026-03-04 12:00 UTC") },
    });
    pass(6 * 24 * hourMs);
    expect(await messenger.deliver(outbound, running)).toMatchObject({
      outcome: "rejected",
      failure: { code: "WINDOW_CLOSED", detail: expect.stringContaining("closed on 2026-03-10 12:00 UTC") },
    });
    expect(graphApi.requests).toHaveLength(3);
  });

  test("that Meta considers closed is extended by HUMAN_AGENT for a person, not for a bot", async () => {
    pass(25 * hourMs);
    expect(await instagram.deliver(toInstagram("Hi"), running)).toMatchObject({ outcome: "accepted" });
    expect(graphApi.taken.map(({ sentAs }) => sentAs)).toEqual(["HUMAN_AGENT"]);
    expect(await instagram.deliver(toInstagram("", byBot), running)).toMatchObject({
      outcome: "rejected",
      failure: { code: "WINDOW_CLOSED", detail: expect.stringContaining("10/2534022") },
    });
  });

  test("closes after a day without the Human Agent permission, and does not pause the channel", async () => {
    const outbound = replyOf("Hi");
    graphApi.humanAgent = "missing";
    pass(25 * hourMs);
    expect(await messenger.deliver(outbound, running)).toMatchObject({
      outcome: "rejected",
      failure: { code: "WINDOW_CLOSED" },
    });
  });
});

describe("When the connection fails", () => {
  test("after the request was written, the delivery is uncertain and nothing more of it is sent", async () => {
    graphApi.behave(() => ({ kind: "drop", taken: "yes" }));
    expect(await messenger.deliver(replyOf(twoParts), running)).toMatchObject({ outcome: "uncertain" });
    expect(graphApi.requests).toHaveLength(1);
  });

  test("before it was written, the delivery is retried; an error with HTTP 200 is not an acceptance", async () => {
    graphApi.behave(() => ({ kind: "refuse", error: "window-closed", status: 200 }));
    const byBot = sampleMessage("Beep", { author: { kind: "bot", name: null } });
    expect(await messenger.deliver(replyOf("", { messages: [byBot] }), running)).toMatchObject({
      outcome: "rejected",
      failure: { code: "WINDOW_CLOSED" },
    });
    await graphApi.vanish();
    expect(await messenger.deliver(replyOf("Hi"), running)).toMatchObject({
      outcome: "retry",
      failure: { code: "UNAVAILABLE" },
    });
    await graphApi.listen();
    graphApi.behave();
    expect(await messenger.deliver(replyOf("Hi"), running)).toMatchObject({ outcome: "accepted" });
  });

  test("or the worker is stopped between two parts, the next attempt sends the rest", async () => {
    const stop = new AbortController();
    const outbound = replyOf(twoParts);
    const saveProgress = outbound.saveProgress;
    outbound.saveProgress = async (progress) => {
      await saveProgress(progress);
      stop.abort();
    };
    expect(await messenger.deliver(outbound, stop.signal)).toMatchObject({
      outcome: "retry",
      failure: { code: "TIMED_OUT" },
    });
    expect(await messenger.deliver({ ...outbound, progress: outbound.storedProgress }, running)).toMatchObject({
      outcome: "accepted",
    });
    expect(graphApi.taken).toHaveLength(2);
  });

  test("or the progress cannot be stored, the delivery is uncertain: a retry would send it again", async () => {
    const saveProgress = async () => {
      throw new Error("The database is away");
    };
    expect(await messenger.deliver(Object.assign(replyOf(twoParts), { saveProgress }), running)).toMatchObject({
      outcome: "uncertain",
      failure: { detail: expect.stringContaining("One part was sent") },
    });
    expect(graphApi.taken).toHaveLength(1);
  });
});

describe("Before Meta's rate limit is reached", () => {
  test("the channel pauses, says for how long, and resumes", async () => {
    graphApi.usagePercent = 91;
    expect(await messenger.deliver(replyOf("One"), running)).toMatchObject({ outcome: "accepted" });
    expect(await messenger.deliver(replyOf("Two"), running)).toMatchObject({
      outcome: "retry",
      failure: { code: "RATE_LIMITED" },
      afterMs: 5 * 60_000,
    });
    expect(graphApi.requests).toHaveLength(1);
    graphApi.usagePercent = 40;
    pass(5 * 60_000);
    expect(await messenger.deliver(replyOf("Two"), running)).toMatchObject({ outcome: "accepted" });
    expect(await instagram.deliver(toInstagram("Three"), running)).toMatchObject({ outcome: "accepted" });
  });
});

describe("The health check", () => {
  test("detects an expired or revoked token, and one of another account", async () => {
    graphApi.setToken(graphApi.pageToken, "revoked");
    const health = await messenger.checkHealth(running);
    expect(health).toMatchObject({ ok: false, failure: { code: "CREDENTIALS_INVALID" } });
    expect(JSON.stringify(health)).not.toContain(graphApi.pageToken);
    graphApi.setToken(graphApi.pageToken, "valid");
    expect(await messenger.checkHealth(running)).toEqual({ ok: true });
    const config = messengerChannel.configure({ ...graphApi.messengerEnvironment, MESSENGER_PAGE_ID: "12345" });
    if (config === undefined) throw new Error("The settings configure nothing");
    const other = await messengerChannel.connect(config, host);
    expect(await other.checkHealth(running)).toMatchObject({
      ok: false,
      failure: {
        code: "CREDENTIALS_INVALID",
        detail: `The token belongs to Page ${graphApi.pageId}, not 12345: correct MESSENGER_PAGE_ID or MESSENGER_PAGE_TOKEN`,
      },
    });
    await other.close();
  });

  test("keeps a restricted Page paused for an hour, although its token is valid", async () => {
    graphApi.behave(() => ({ kind: "refuse", error: "page-restricted" }));
    expect(await messenger.deliver(replyOf("Hi"), running)).toMatchObject({
      outcome: "retry",
      failure: { code: "CREDENTIALS_INVALID" },
    });
    expect(await messenger.checkHealth(running)).toMatchObject({
      ok: false,
      failure: { code: "CREDENTIALS_INVALID", detail: expect.stringContaining("temporarily restricts") },
    });
    pass(hourMs);
    expect(await messenger.checkHealth(running)).toEqual({ ok: true });
  });
});
