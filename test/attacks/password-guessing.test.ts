import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { progressiveDelays, rateLimits } from "../../src/limits/limit-table.js";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { inDatabase } from "../support/services/in-database.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";

// Thousands of requests, on a machine that does other things as well.
jest.setTimeout(120_000);

const email = "admin@example.com";
const adminPassword = "an admin's password";
const signInMutation = `mutation ($input: SignInInput!) {
  signIn(input: $input) { token deviceToken agent { email } } }`;
const ofAccount = progressiveDelays.wrongPasswordsForAccount;

/** Two processes behind one proxy, on one database. */
let programs: readonly [Program, Program];
let databaseUrl: string;
let visitor: GraphqlClient;
let admin: { readonly token: string; readonly deviceToken: string };
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const database = await createMigratedDatabase();
  closing.push(() => database.drop());
  databaseUrl = database.url;
  const directory = await makeDataDirectory();
  closing.push(
    () => directory.remove(),
    () => Program.killAll(),
  );
  const start = () =>
    Program.start({
      DATABASE_URL: database.url,
      DATA_DIR: directory.path,
      APP_SECRET: "a secret of the tests that is long enough",
      ADMIN_PASSWORD: adminPassword,
      CHANNELS: "",
      TRUST_PROXY: "1",
      // Garbage is collected only when the heap is nearly full: in a large one it would look like memory that is kept.
      NODE_OPTIONS: "--max-old-space-size=192",
    });
  programs = [await start(), await start()];
  const { body } = await signIn(0, "192.0.2.1", { email, password: adminPassword });
  admin = body.data?.signIn;
  const client = programs[0].client.as(admin.token);
  await client.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
  visitor = await programs[0].client.startSession();
  await say();
});
afterAll(async () => {
  for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
});

interface Attempted {
  readonly status: number;
  readonly code: string | null;
  readonly body: { readonly data: Data | null; readonly errors?: readonly { readonly extensions: Data }[] };
}

/** As the proxy forwards it, of a client with this address, to one of the two. */
async function signIn(program: number, from: string, input: Data): Promise<Attempted> {
  const response = await fetch(`${programs[program % 2]?.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": `203.0.113.99, ${from}` },
    body: JSON.stringify({ query: signInMutation, variables: { input } }),
  });
  const body = (await response.json()) as Attempted["body"];
  return { status: response.status, code: body.errors?.[0]?.extensions.code ?? null, body };
}

function count(attempts: readonly Attempted[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code } of attempts) counts[String(code)] = (counts[String(code)] ?? 0) + 1;
  return counts;
}

async function say(): Promise<void> {
  await visitor.do('mutation { sendMessage(input: { text: "Is my bike ready?" }) { id } }');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganAt = performance.now();
  await work();
  return performance.now() - beganAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

/** Runs an attack, and beside it what the program is there for. */
async function beside(attack: Promise<readonly Attempted[]>, honest: () => Promise<void>) {
  const before = await Promise.all(programs.map((program) => program.memory()));
  let isOver = false;
  const attempts = attack.finally(() => {
    isOver = true;
  });
  const health: number[] = [];
  const messages: number[] = [];
  while (!isOver) {
    for (const { url } of programs) {
      health.push(await timed(async () => expect((await fetch(`${url}/health`)).status).toBe(200)));
    }
    messages.push(await timed(say));
    await honest();
  }
  const after = await Promise.all(programs.map((program) => program.memory()));
  const grown = after.map(({ highest }, index) => highest - (before[index]?.now ?? 0));
  return { counts: count(await attempts), health, messages, grown };
}

function expectCalm({ health, messages, grown }: Awaited<ReturnType<typeof beside>>): void {
  expect(median(health)).toBeLessThan(250);
  expect(median(messages)).toBeLessThan(3_000);
  expect(Math.max(...grown)).toBeLessThan(100);
}

describe("Passwords are guessed", () => {
  test("from 30 networks at the admin's account, 300 at a time and 1,200 in all: about ten are verified, and the admin signs in meanwhile", async () => {
    const beganAt = performance.now();
    // Each network sends ten at a time.
    const attack = Array.from({ length: 30 }, async (_, network) => {
      const attempts: Attempted[] = [];
      for (let round = 0; round < 4; round += 1) {
        const guesses = Array.from({ length: 10 }, (_, index) =>
          signIn(index, `198.51.100.${network}`, { email, password: `guess ${round} ${index}` }),
        );
        attempts.push(...(await Promise.all(guesses)));
      }
      return attempts;
    });
    let signedIn = 0;
    const result = await beside(
      Promise.all(attack).then((attempts) => attempts.flat()),
      async () => {
        const { deviceToken } = admin;
        const { body } = await signIn(signedIn, "192.0.2.1", { email, password: adminPassword, deviceToken });
        expect(body.data?.signIn.agent.email).toBe(email);
        signedIn += 1;
      },
    );
    expectCalm(result);
    expect(signedIn).toBeGreaterThan(0);
    // Ten at first, then one after each pause that ended meanwhile.
    const pauses = Math.floor(Math.log2((performance.now() - beganAt) / 1_000 / ofAccount.firstSeconds + 1));
    expect(result.counts.UNAUTHENTICATED).toBeGreaterThanOrEqual(ofAccount.free);
    expect(result.counts.UNAUTHENTICATED).toBeLessThanOrEqual(ofAccount.free + pauses);
    const { UNAUTHENTICATED, RATE_LIMITED = 0, SERVICE_UNAVAILABLE = 0, ...others } = result.counts;
    expect(others).toEqual({});
    expect(RATE_LIMITED).toBeGreaterThan(SERVICE_UNAVAILABLE);
  });

  test("from one network at 60 accounts, 600 at once: 50 are verified, and the admin signs in from that network", async () => {
    const from = "198.51.100.200";
    const attack = Array.from({ length: 600 }, (_, index) =>
      signIn(index, from, { email: `agent${index % 60}@example.com`, password: "password" }),
    );
    const result = await beside(Promise.all(attack), async () => {
      const { deviceToken } = admin;
      const { code } = await signIn(1, from, { email, password: adminPassword, deviceToken });
      // The network's requests wait for one another: this one may find no place, and never is a guess.
      expect([null, "SERVICE_UNAVAILABLE"]).toContain(code);
    });
    expectCalm(result);
    expect(result.counts.UNAUTHENTICATED).toBe(rateLimits.wrongPasswordsOfNetwork.points);
    // On a busy machine some of them find no place.
    const { UNAUTHENTICATED: _verified, RATE_LIMITED = 0, SERVICE_UNAVAILABLE = 0, ...others } = result.counts;
    expect([others, RATE_LIMITED + SERVICE_UNAVAILABLE]).toEqual([{}, 600 - rateLimits.wrongPasswordsOfNetwork.points]);
    const { deviceToken } = admin;
    expect((await signIn(0, from, { email, password: adminPassword, deviceToken })).code).toBeNull();
    expect((await signIn(1, from, { email, password: adminPassword })).code).toBe("RATE_LIMITED");
    // The next network is not limited.
    expect((await signIn(1, "198.51.100.201", { email: "agent1@example.com", password: "password" })).code).toBe(
      "UNAUTHENTICATED",
    );
  });

  test("by 50 aliases in one operation, which ends with the first wrong one", async () => {
    const guesses = Array.from(
      { length: 50 },
      (_, index) => `a${index}: signIn(input: { email: "aliases@example.com", password: "guess ${index}" }) { token }`,
    );
    const response = await fetch(`${programs[0].url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": "198.51.100.202" },
      body: JSON.stringify({ query: `mutation { ${guesses.join(" ")} }` }),
    });
    const { errors = [] } = (await response.json()) as Attempted["body"];
    const codes = errors.map(({ extensions }) => extensions.code);
    expect(codes).toEqual(["UNAUTHENTICATED"]);
  });

  test("for accounts that do not exist with the same answers, and in the same time, as for those that do", async () => {
    const client = programs[0].client.as(admin.token);
    const input = { email: "ben@example.com", name: "Ben", role: "AGENT", password: "correct horse battery" };
    await client.do("mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }", { input });
    const times: Record<string, number[]> = { "ben@example.com": [], "nobody@example.com": [] };
    const answers: Record<string, unknown[]> = { "ben@example.com": [], "nobody@example.com": [] };
    for (let index = 0; index < ofAccount.free + 1; index += 1) {
      for (const [guessed, own] of Object.entries(times)) {
        own.push(
          await timed(async () => {
            const { body } = await signIn(0, `198.51.100.${100 + index}`, {
              email: guessed,
              password: "password",
              deviceToken: admin.deviceToken,
            });
            answers[guessed]?.push(body);
          }),
        );
      }
    }
    const [known, unknown] = Object.values(answers);
    expect(known).toEqual(unknown);
    expect(known).toHaveLength(ofAccount.free + 1);
    // The quickest, because other load only slows an attempt down; the last of each was refused.
    const [knownMs = 0, unknownMs = 0] = Object.values(times).map((own) => Math.min(...own.slice(0, -1)));
    expect(unknownMs).toBeGreaterThan(knownMs / 2);
    expect(unknownMs).toBeLessThan(knownMs * 2);
  });
});

describe("An office of 200 signs in at once from one address", () => {
  test("and everybody gets in, though each fifth mistypes first", async () => {
    const staff = Array.from({ length: 200 }, (_, index) => `staff${index}@example.com`);
    // With the admin's password: to hash 200 of them would take longer than all the rest.
    await inDatabase(databaseUrl, (client) =>
      client.query(
        `INSERT INTO agents (id, name, email, role, password_hash, created_at)
          SELECT gen_random_uuid(), 'Staff', staff, 'AGENT', password_hash, created_at FROM agents, unnest($1::text[]) AS staff
          WHERE email = $2`,
        [staff, email],
      ),
    );
    const from = "198.51.100.210";
    const attempts = staff.map(async (address, index) => {
      const mistyped =
        index % 5 === 0 ? (await signIn(index, from, { email: address, password: "mistyped" })).code : null;
      let code: string | null = "SERVICE_UNAVAILABLE";
      // As a frontend does: on a busy machine some wait longer for their turn than they may.
      while (code === "SERVICE_UNAVAILABLE")
        code = (await signIn(index, from, { email: address, password: adminPassword })).code;
      return { mistyped, code };
    });
    for (const [index, { mistyped, code }] of (await Promise.all(attempts)).entries()) {
      expect(mistyped).toBe(index % 5 === 0 ? "UNAUTHENTICATED" : null);
      expect(code).toBeNull();
    }
  });
});
