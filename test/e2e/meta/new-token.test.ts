import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "../../support/services/test-database.js";
import { MetaContext, type MetaUser } from "./meta-context.js";

let database: TestDatabase;
let meta: MetaContext;
let ana: MetaUser;

const settings = () => ({ DATABASE_URL: database.url, CHANNELS: "email,messenger" });

beforeAll(async () => {
  database = await createTestDatabase();
  meta = await MetaContext.setup(settings);
});

afterAll(async () => {
  await meta?.teardown();
  await database?.drop();
});

describe("A revoked token", () => {
  test("pauses the channel, and the program stops with queued replies", async () => {
    const { graphApi } = meta;
    ana = await meta.user();
    graphApi.setToken(graphApi.pageToken, "revoked");
    await meta.reply(ana, "First");
    await meta.context.app.tick();
    await meta.reply(ana, "Second");
    expect(await meta.statuses(ana)).toEqual(["QUEUED", "QUEUED"]);
    expect(await meta.health()).toMatchObject({ messenger: { status: "PAUSED" } });
    await meta.context.teardown();
  });

  test("is replaced in the settings, and after a restart the queue continues", async () => {
    const { graphApi } = meta;
    const MESSENGER_PAGE_TOKEN = graphApi.addToken("page", "facebook");
    meta = await MetaContext.setup(() => ({ ...settings(), MESSENGER_PAGE_TOKEN }), graphApi);
    // The start checks the channel in the background; this waits for the result.
    await meta.checkChannels();
    // The second waits for the first, which the program's own worker may be sending.
    for (let rounds = 0; rounds < 2; rounds += 1) await meta.context.app.tick();
    expect(await meta.health()).toMatchObject({ messenger: { status: "READY" } });
    expect(graphApi.textsTo(ana.id)).toEqual(["First", "Second"]);
    expect(await meta.statuses(ana)).toEqual(["SENT", "SENT"]);
  });
});
