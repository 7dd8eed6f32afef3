import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ChannelConnection } from "afterchat/channel";
import { createTestHost, sampleMessage, sampleOutbound, type TestHost } from "afterchat/channel-contract";
import { instagramChannel } from "../../../plugins/instagram/index.js";
import { isRefreshDue } from "../../../plugins/meta/access-token.js";
import type { MetaAddress } from "../../../plugins/meta/address.js";
import { FakeGraphApi } from "../../support/fakes/graph-api/graph-api.js";

const igsid = "78000000000000012";
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const running = new AbortController().signal;

let host: TestHost;
let graphApi: FakeGraphApi;
let connections: ChannelConnection<MetaAddress>[];

beforeEach(async () => {
  host = createTestHost();
  graphApi = await FakeGraphApi.start(() => host.now());
  connections = [];
});

afterEach(async () => {
  for (const connection of connections) await connection.close();
  await graphApi.stop();
});

async function connect(token = graphApi.instagramLoginToken): Promise<ChannelConnection<MetaAddress>> {
  const config = instagramChannel.configure({ ...graphApi.instagramEnvironment("instagram"), INSTAGRAM_TOKEN: token });
  if (config === undefined) throw new Error("The settings configure nothing");
  const connection = await instagramChannel.connect(config, host);
  connections.push(connection);
  return connection;
}

const pass = (ms: number) => host.setTime(new Date(host.now().getTime() + ms));

async function send(connection: ChannelConnection<MetaAddress>) {
  graphApi.meet("instagram", igsid);
  const address = { id: igsid, account: graphApi.instagramId };
  return connection.deliver(sampleOutbound(address, { messages: [sampleMessage("Hi")] }), running);
}

describe("A token of Instagram Login", () => {
  test("is refreshed before it expires, repeatedly, and never shown", async () => {
    const connection = await connect();
    for (let days = 0; days < 200; days += 5) {
      expect(await connection.checkHealth(running)).toMatchObject({ ok: true });
      pass(5 * dayMs);
    }
    expect(await send(connection)).toMatchObject({ outcome: "accepted" });
    graphApi.setToken(graphApi.instagramLoginToken, "expired");
    expect(await send(connection)).toMatchObject({ outcome: "accepted" });
    expect(JSON.stringify(host.logs)).not.toContain("EAAsecret");
  });

  test("under a day old is refreshed a day later", async () => {
    const connection = await connect();
    expect(await connection.checkHealth(running)).toMatchObject({
      ok: true,
      detail: expect.stringContaining("could not be refreshed"),
    });
    expect(await connection.checkHealth(running)).toEqual({ ok: true });
    pass(dayMs);
    await connection.checkHealth(running);
    graphApi.setToken(graphApi.instagramLoginToken, "revoked");
    expect(await send(connection)).toMatchObject({ outcome: "accepted" });
  });

  test("survives a restart after a refresh, and is reloaded by a process with the previous token", async () => {
    const first = await connect();
    const second = await connect();
    pass(dayMs);
    await first.checkHealth(running);
    graphApi.setToken(graphApi.instagramLoginToken, "expired");
    expect(await send(await connect())).toMatchObject({ outcome: "accepted" });
    expect(await send(second)).toMatchObject({ outcome: "retry", failure: { code: "UNAVAILABLE" } });
    expect(await send(second)).toMatchObject({ outcome: "accepted" });
  });

  test("is replaced by a new token in the settings", async () => {
    const first = await connect();
    pass(dayMs);
    await first.checkHealth(running);
    const given = graphApi.addToken("instagram", "instagram");
    const outcomes: string[] = [];
    const second = await connect(given);
    for (const [token] of [[graphApi.instagramLoginToken], [refreshedToken()]])
      graphApi.setToken(token ?? "", "revoked");
    outcomes.push((await send(second)).outcome, (await send(first)).outcome);
    expect(outcomes).toEqual(["accepted", "retry"]);
  });

  test("is refreshed immediately, then a month before it expires, and every hour after a failure", () => {
    const now = new Date("2026-03-03T12:00:00.000Z");
    const at = (ms: number) => new Date(now.getTime() + ms);
    expect([
      isRefreshDue({ expiresAt: null, attemptedAt: null }, now),
      isRefreshDue({ expiresAt: null, attemptedAt: at(-23 * hourMs) }, now),
      isRefreshDue({ expiresAt: null, attemptedAt: at(-24 * hourMs) }, now),
      isRefreshDue({ expiresAt: at(31 * dayMs), attemptedAt: at(-29 * dayMs) }, now),
      isRefreshDue({ expiresAt: at(30 * dayMs), attemptedAt: at(-30 * dayMs) }, now),
      isRefreshDue({ expiresAt: at(dayMs), attemptedAt: at(-hourMs / 2) }, now),
      isRefreshDue({ expiresAt: at(dayMs), attemptedAt: at(-hourMs) }, now),
    ]).toEqual([true, false, true, false, true, false, true]);
  });
});

function refreshedToken(): string {
  const stored = host.entries.get("token") as { readonly token: string };
  return stored.token;
}
