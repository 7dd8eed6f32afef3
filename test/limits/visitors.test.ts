import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { SignJWT } from "jose";
import { rateLimits } from "../../src/limits/limit-table.js";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { TestApp } from "../support/app/test-app.js";
import { TestContext } from "../support/app/test-context.js";
import { png, post, send, upload } from "../support/app/upload.js";
import { secondsIn, secondsOf } from "./rate-cases.js";

const identitySecret = "the website and the program share this";
const starting = "mutation ($input: StartSessionInput!) { startSession(input: $input) { kind token } }";

let context: TestContext;
let app: TestApp;
/** As in rate-limits.test.ts: the limits' time never goes back. */
let aheadMs = 0;
const realNow = Date.now;

beforeAll(async () => {
  jest.spyOn(Date, "now").mockImplementation(() => realNow() + aheadMs);
  context = await TestContext.setup({ IDENTITY_SECRET: identitySecret }, { agent: "offline" });
  app = context.app;
});

afterAll(async () => {
  await context?.teardown();
  jest.restoreAllMocks();
});

beforeEach(async () => {
  aheadMs += 86_400_000;
  await app.execute("DELETE FROM rate_limits");
});

/** What was counted since the test began, by limit; of several keys the sum. */
async function counted(): Promise<Data> {
  const rows = await app.execute(
    "SELECT split_part(key, ':', 1) AS name, sum(points)::int AS points FROM rate_limits GROUP BY 1",
  );
  return Object.fromEntries(rows.map(({ name, points }) => [name, points]));
}

/** Forgets what was counted so far, in the database only. */
async function since<T>(work: () => Promise<T>): Promise<Data> {
  await app.execute("DELETE FROM rate_limits");
  await work();
  return counted();
}

describe("startSession", () => {
  test("counts a new session, and not one that goes on", async () => {
    const { sessionsOfNetwork, ...others } = await since(() => app.startVisitor());
    expect(sessionsOfNetwork).toBe(1);
    expect(others).toEqual({ sessionStartsOfNetwork: 1 });
    const { token } = await app.startVisitor();
    expect(await since(() => app.startVisitor({ token }))).toEqual({
      sessionStartsOfNetwork: 1,
      sessionStartsOfSession: 1,
    });
  });

  test("counts whatever begins a new session although it has a token", async () => {
    const { client, conversationId } = await context.startConversation("Hello", { email: "ana@example.com" });
    await context.sendMessage(context.agent.client, conversationId, "A reply");
    const resume = await context.resumeCode(conversationId);
    const signedOut = await app.startVisitor();
    await signedOut.do("mutation { signOut }");
    const other = await app.startVisitor();
    const now = Math.floor(context.now.getTime() / 1_000);
    const sign = (subject: string) =>
      new SignJWT({})
        .setProtectedHeader({ alg: "HS256" })
        .setSubject(subject)
        .setExpirationTime(now + 600)
        .sign(Buffer.from(identitySecret));
    const ben = await app.startVisitor({ identity: { token: await sign("ben") } });
    const begun: [string, Data][] = [
      ["NEW", { token: "forged" }],
      ["NEW", { token: signedOut.token }],
      ["NEW", { token: context.agent.client.token }],
      ["GUEST", { token: other.token, resume }],
      ["NEW", { token: ben.token, identity: { token: await sign("cleo") } }],
    ];
    for (const [kind, input] of begun) {
      const spent = await since(async () => {
        const { startSession } = await app.client.do(starting, { input });
        expect([startSession.kind, input]).toEqual([kind, input]);
      });
      expect([kind, spent.sessionsOfNetwork]).toEqual([kind, 1]);
    }
    // The visitor's own token and their link: the session goes on.
    const spent = await since(() => app.client.do(starting, { input: { token: client.token, resume } }));
    expect(spent).toEqual({ sessionStartsOfNetwork: 1, sessionStartsOfSession: 1, resumeCodesOfNetwork: 1 });
  });

  test("begins no session that was not counted, and stores nothing of it", async () => {
    const { token } = await app.startVisitor();
    const signedOut = await app.startVisitor();
    await signedOut.do("mutation { signOut }");
    await exhaust("sessionsOfNetwork");
    const stored = () =>
      app.execute("SELECT (SELECT count(*) FROM visitors) AS visitors, (SELECT count(*) FROM sessions) AS sessions");
    const before = await stored();
    for (const input of [{}, { token: signedOut.token }, { token: "forged" }]) {
      expect(secondsIn(await app.client.ask(starting, { input }))).toBeGreaterThan(0);
    }
    expect(await stored()).toEqual(before);
    expect((await app.client.do(starting, { input: { token } })).startSession.kind).toBe("KEPT");
  });
});

/** Leaves nothing of a limit that has been used by one key only, of which this process learns at the next use. */
async function exhaust(name: keyof typeof rateLimits): Promise<void> {
  const [row, ...others] = await app.execute("UPDATE rate_limits SET points = $2 WHERE key LIKE $1 RETURNING key", [
    `${name}:%`,
    rateLimits[name].points,
  ]);
  expect(row).toBeDefined();
  expect(others).toEqual([]);
}

describe("Tokens that were never given out", () => {
  // What a frontend sends that stores "null", or keeps the field empty.
  test.each([
    ["null", "null"],
    ["nothing", ""],
    ["NUL", "\0"],
    ["half a character", "\ud800"],
    ["a quarter of a million characters", "x".repeat(250_000)],
  ])("share no limit: %s", async (_, token) => {
    const spent = await since(async () => {
      for (let visitor = 0; visitor < 3; visitor += 1) await app.startVisitor({ token });
    });
    expect(spent).toEqual({ sessionStartsOfNetwork: 3, sessionsOfNetwork: 3 });
  });
});

describe("A message", () => {
  test("counts by its length, for the visitor and their network", async () => {
    const visitor = await app.startVisitor();
    for (const [length, points] of [
      [1, 1],
      [999, 1],
      [1_000, 2],
      [9_999, 10],
      [10_000, 11],
    ] as const) {
      expect(await since(() => send(visitor, { text: "x".repeat(length) }))).toEqual({
        messagesOfVisitor: points,
        messagesOfNetwork: points,
      });
    }
  });

  test("that is too long to be stored is refused for that, and leaves room for a shorter one", async () => {
    const visitor = await app.startVisitor();
    const spent = await since(async () => {
      const error = await visitor.fail("mutation ($text: String!) { sendMessage(input: { text: $text }) { id } }", {
        text: "x".repeat(250_000),
      });
      expect(error.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "input.text" });
    });
    expect(spent.messagesOfVisitor).toBe(11);
  });

  test("that is refused is not stored", async () => {
    const visitor = await app.startVisitor();
    const { conversation } = await send(visitor, { text: "Hello" });
    await exhaust("messagesOfVisitor");
    const answer = await visitor.ask('mutation { sendMessage(input: { text: "More" }) { id } }');
    expect(answer.errors?.[0]?.message).toMatch(/^Too many requests: try again in \d+ seconds\.$/);
    const { conversation: read } = await visitor.do(
      "query ($id: ID!) { conversation(id: $id) { messages { nodes { text } } } }",
      {
        id: conversation.id,
      },
    );
    expect(read.messages.nodes).toEqual([{ text: "Hello" }]);
  });
});

describe("Each field of a mutation", () => {
  test("counts, under whatever alias, over HTTP and on a WebSocket", async () => {
    const visitor = await app.startVisitor();
    const document = `mutation { ${Array.from({ length: 7 }, (_, index) => `a${index}: recordActivity { id }`).join(" ")} }`;
    expect(await since(() => visitor.do(document))).toEqual({ changesOfVisitor: 7, changesOfNetwork: 7 });
    const connection = await visitor.connect();
    expect(await since(() => connection.subscribe(document).next())).toEqual({
      changesOfVisitor: 7,
      changesOfNetwork: 7,
    });
    await connection.close();
  });

  test("is not counted for who may not use it", async () => {
    const guestless = 'mutation { submitContactForm(input: { email: "ana@example.com" }) { id } }';
    for (const client of [app.client, context.agent.client]) {
      expect(await since(() => client.fail(guestless))).toEqual({});
    }
  });
});

describe("Staff", () => {
  test("are not counted: no statement is added to what they do", async () => {
    const { conversationId, messageId } = await context.startConversation();
    const { client } = context.agent;
    const spent = await since(async () => {
      await context.sendMessage(client, conversationId, "A reply ".repeat(1_000));
      await client.do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id: conversationId });
      await client.do(
        "mutation ($conversationId: ID!, $messageId: ID!) { markRead(input: { conversationId: $conversationId, messageId: $messageId }) { id } }",
        { conversationId, messageId },
      );
      await upload(client, { content: png, name: "bike.png" });
    });
    expect(spent).toEqual({});
  });
});

describe("Who has spent their own", () => {
  test("spends no more of what their network shares", async () => {
    const visitor = await app.startVisitor();
    const colleague = await app.startVisitor();
    await visitor.do("mutation { recordActivity { id } }");
    await exhaust("changesOfVisitor");
    const before = (await counted()).changesOfNetwork;
    for (let time = 0; time < 10; time += 1) {
      expect(secondsIn(await visitor.ask("mutation { recordActivity { id } }"))).toBeGreaterThan(0);
    }
    // The first of them was counted: this process learned by it.
    expect((await counted()).changesOfNetwork).toBe(before + 1);
    await colleague.do("mutation { recordActivity { id } }");
  });

  test("as a guest by a link that was passed on, takes nothing from its owner", async () => {
    const { client, conversationId } = await context.startConversation("Hello", { email: "ana@example.com" });
    await context.sendMessage(context.agent.client, conversationId, "A reply");
    const guest = await context.guest(conversationId);
    await app.execute("DELETE FROM rate_limits");
    await guest.do("mutation { recordActivity { id } }");
    await exhaust("changesOfVisitor");
    for (let time = 0; time < 2; time += 1) {
      expect(secondsIn(await guest.ask("mutation { recordActivity { id } }"))).toBeGreaterThan(0);
    }
    await client.do("mutation { recordActivity { id } }");
  });
});

describe("Files", () => {
  const mebibyte = 1_048_576;

  test("uploaded count by the size that their request announces", async () => {
    const visitor = await app.startVisitor();
    expect(await since(() => upload(visitor, { content: "x".repeat(3 * mebibyte - 1_000) }))).toEqual({
      ...{ uploadsOfVisitor: 1, uploadsOfNetwork: 1 },
      ...{ uploadedMebibytesOfVisitor: 3, uploadedMebibytesOfNetwork: 3 },
    });
    expect(await since(() => uploadWithoutLength(visitor))).toMatchObject({ uploadedMebibytesOfNetwork: 20 });
  });

  test("that are too many are refused with 429 before they are received, and leave nothing", async () => {
    const visitor = await app.startVisitor();
    await upload(visitor, { content: "Notes" });
    await exhaust("uploadedMebibytesOfNetwork");
    const rows = () => app.execute("SELECT count(*) FROM attachments");
    const before = await rows();
    const response = await post(visitor, { content: "More notes" });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await secondsOf(response, 201)).toBeGreaterThan(0);
    expect(await rows()).toEqual(before);
  });

  test("downloaded count by their size, and forged links not at all", async () => {
    const visitor = await app.startVisitor();
    const { id } = await upload(visitor, { content: "x".repeat(2 * mebibyte + 1) });
    const { attachments } = await send(visitor, { text: "Notes", attachmentIds: [id] });
    const download = async (url: string, status: number) =>
      expect(await secondsOf(await fetch(url), status)).toBeNull();
    expect(await since(() => download(attachments[0].url, 200))).toEqual({ downloadsOfNetwork: 3 });
    expect(await since(() => download(`${app.url}/attachments/forged`, 403))).toEqual({});
  });
});

/** Sends a file in chunks, of which nobody knows how many will come. */
async function uploadWithoutLength({ url, token }: GraphqlClient): Promise<void> {
  const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="notes.txt"\r\n\r\n';
  const body = new Blob([`${head}Notes\r\n--x--\r\n`]).stream();
  const headers = { authorization: `Bearer ${token}`, "content-type": "multipart/form-data; boundary=x" };
  const response = await fetch(`${url}/attachments`, { method: "POST", headers, body, duplex: "half" });
  expect(await secondsOf(response, 201)).toBeNull();
}

describe("Two processes", () => {
  let other: TestApp;
  beforeAll(async () => {
    other = await TestApp.start({ DATABASE_URL: app.services.config.databaseUrl ?? "" });
  });
  afterAll(() => other?.stop());

  test("let exactly as many through together as one alone would, when all come at once", async () => {
    const { points } = rateLimits.sessionsOfNetwork;
    const aliases = Array.from({ length: 20 }, (_, index) => `a${index}: startSession(input: {}) { kind }`).join(" ");
    const sessions = async () => Number((await app.execute("SELECT count(*) FROM sessions"))[0]?.count);
    const before = await sessions();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? app : other).client.ask(`mutation { ${aliases} }`)),
    );
    // The first field that is refused ends its mutation.
    expect(answers.filter((answer) => secondsIn(answer) !== null).length).toBeGreaterThan(10);
    expect((await sessions()) - before).toBe(points);
  });
});
