import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { isAgentOnline } from "../../src/agents/agent-presence.js";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup({
    COMPANY_NAME: "Harbour Bikes",
    COMPANY_LOCALE: "de",
    WEBSITE_URL: "https://www.harbour.example",
    ALLOWED_WEBSITES: "https://shop.harbour.example",
  });
});
afterEach(() => context.agent.setAvailability("ONLINE"));
afterAll(() => context?.teardown());

/** As a visitor reads it before a session has begun. */
const ask = async (fields: string): Promise<Data> => (await context.app.client.do(`{ website { ${fields} } }`)).website;
const update = (input: Data) =>
  context.agent.client.do(
    "mutation ($input: UpdateWebsiteInput!) { updateWebsite(input: $input) { greeting accent } }",
    {
      input,
    },
  );

describe("The website", () => {
  test("tells its company, language and limits without a token", async () => {
    expect(await ask("company locale greeting accent maxMessageLength maxAttachments maxAttachmentBytes")).toEqual({
      company: "Harbour Bikes",
      locale: "de",
      greeting: null,
      accent: null,
      maxMessageLength: 10_000,
      maxAttachments: 10,
      maxAttachmentBytes: 20 * 1_048_576,
    });
  });

  test("shows the agents who are online, three at most, and nobody who is invisible", async () => {
    const names = async () => (await ask("here { name online }")).here.map(({ name }: Data) => name);
    expect(await names()).toHaveLength(1);
    await context.agent.setAvailability("INVISIBLE");
    expect(await names()).toEqual([]);
    await context.agent.setAvailability("ONLINE");
    for (let count = 0; count < 3; count += 1) await (await context.createAgent()).connect();
    expect(await names()).toHaveLength(3);
    expect((await ask("here { online }")).here.every(({ online }: Data) => online)).toBe(true);
  });

  test("does not show visitors an agent's email address", async () => {
    const { errors } = await context.app.client.ask("{ website { here { email } } }");
    expect(errors?.[0]?.extensions.code).toBe("UNAUTHENTICATED");
  });

  test("promises email only while something is forwarded", async () => {
    const setMode = (mode: string) =>
      context.agent.client.do(
        "mutation ($mode: ForwardingMode!) { updateForwardingPreference(input: { mode: $mode }) { mode } }",
        { mode },
      );
    expect(await ask("repliesByEmail")).toEqual({ repliesByEmail: true });
    await setMode("NOTHING");
    expect(await ask("repliesByEmail")).toEqual({ repliesByEmail: false });
    await setMode("UNREAD_REPLIES");
  });

  test("has an agent here for as long as isAgentOnline says so", async () => {
    const agent = await context.createAgent();
    await agent.connect();
    await agent.disconnect();
    const { services } = context.app;
    for (const seconds of [0, 29, 2, 60]) {
      await context.app.pass(seconds);
      const online = (await services.database.query<Parameters<typeof isAgentOnline>[0]>(everyAgent, [])).filter(
        (one) => isAgentOnline(one, context.now),
      );
      expect((await ask("here { id }")).here).toHaveLength(Math.min(3, online.length));
    }
  });
});

const everyAgent = { name: "", text: "SELECT * FROM agents" };

describe("An admin", () => {
  test("changes greeting and accent; what is left out stays, null removes", async () => {
    const greeting = "Wir antworten meist in einer Stunde.";
    expect(await update({ greeting: `  ${greeting}\n`, accent: "#0B5CAD" })).toEqual({
      updateWebsite: { greeting, accent: "#0b5cad" },
    });
    expect(await update({ accent: null })).toEqual({ updateWebsite: { greeting, accent: null } });
    expect(await ask("greeting accent")).toEqual({ greeting, accent: null });
    expect(await update({ greeting: " " })).toEqual({ updateWebsite: { greeting: null, accent: null } });
  });

  test.each<[string, Data, string]>([
    ["a greeting of 301 characters", { greeting: "x".repeat(301) }, "greeting"],
    ["a greeting of 200,000", { greeting: "x".repeat(200_000) }, "greeting"],
    ["a colour's name", { accent: "red" }, "accent"],
    ["a style sheet", { accent: "#fff;background:url(//elsewhere.example)" }, "accent"],
  ])("cannot set %s", async (_what, input, field) => {
    const query = "mutation ($input: UpdateWebsiteInput!) { updateWebsite(input: $input) { greeting } }";
    const error = await context.agent.client.fail(query, { input });
    expect(error.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: `input.${field}` });
  });
});

describe("The staff", () => {
  const asked = async (fields: string): Promise<Data> =>
    (await context.agent.client.do(`{ website { ${fields} } }`)).website;
  const seenOn = async (): Promise<Data[]> => (await asked("seenOn { origin at }")).seenOn;

  test("sees where the chat was opened, of the websites that may have it", async () => {
    expect(await seenOn()).toEqual([]);
    await context.app.startVisitor({ page: "https://shop.harbour.example/tyres#winter" });
    await context.app.startVisitor({ page: "https://elsewhere.example/" });
    await context.app.startVisitor({ page: "https://www.harbour.example.elsewhere.example/" });
    await context.app.startVisitor({ page: "http://www.harbour.example/" });
    await context.app.startVisitor();
    await context.app.advance(90);
    // A path is on WEBSITE_URL's origin.
    await context.app.startVisitor({ page: "/repairs" });
    expect(await seenOn()).toEqual([
      { origin: "https://www.harbour.example", at: expect.any(String) },
      { origin: "https://shop.harbour.example", at: expect.any(String) },
    ]);
  });

  test("sees when it was last opened there, to the minute", async () => {
    const last = async () => new Date((await seenOn())[0]?.at).getTime();
    const first = await last();
    await context.app.advance(50);
    const visitor = await context.app.startVisitor({ page: "https://www.harbour.example/" });
    expect(await last()).toBe(first);
    await context.app.advance(50);
    // A page that is loaded again counts as well.
    await context.app.startVisitor({ token: visitor.token, page: "https://www.harbour.example/" });
    expect(await last()).toBeGreaterThanOrEqual(first + 100_000);
  });

  test("sees how many visitors are online, each once, without those who left and without agents", async () => {
    const online = async () => (await asked("visitorsOnline")).visitorsOnline;
    expect(await online()).toBe(0);
    const visitors = [await context.app.startVisitor(), await context.app.startVisitor()];
    const [first, second] = visitors as [GraphqlClient, GraphqlClient];
    const pages = [await first.connect(), await first.connect(), await second.connect()];
    await context.app.services.presence.flush();
    expect(await online()).toBe(2);
    await pages[0]?.close();
    await context.app.services.presence.flush();
    expect(await online()).toBe(2);
    await pages[2]?.close();
    await context.app.services.presence.flush();
    expect(await online()).toBe(1);
    await pages[1]?.close();
    await context.app.services.presence.flush();
    expect(await online()).toBe(0);
  });
});
