import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import WebSocket from "ws";
import type { Answer, Data } from "../support/app/graphql-client.js";
import { adminEmail, adminPassword } from "../support/app/test-app.js";
import { TestContext } from "../support/app/test-context.js";
import { png } from "../support/app/upload.js";
import { createServices } from "../support/services/create-services.js";

const blocked = "198.51.100.7";
const elsewhere = "203.0.113.9";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup({ TRUST_PROXY: "loopback" }, { agent: "offline" });
});
afterAll(() => context?.teardown());
beforeEach(async () => {
  for (const { range } of await list()) await unblock(range);
});

const blockMutation = `mutation ($input: BlockNetworkInput!) { blockNetwork(input: $input) {
  range note blockedAt expiresAt blockedBy { id } } }`;

async function block(range: string, input: Data = {}): Promise<Data> {
  const { blockNetwork } = await context.agent.client.do(blockMutation, {
    input: { range, note: "Spam all day", ...input },
  });
  return blockNetwork;
}
async function unblock(range: string): Promise<boolean> {
  return (await context.agent.client.do("mutation ($range: String!) { unblockNetwork(range: $range) }", { range }))
    .unblockNetwork;
}
async function list(): Promise<Data[]> {
  return (await context.agent.client.do("{ blockedNetworks { range note expiresAt blockedBy { id } } }"))
    .blockedNetworks;
}

interface Answered extends Answer {
  readonly status: number;
}

/** Asks as a client at this address does. */
async function ask(address: string, query: string, token: string | null = null): Promise<Answered> {
  const response = await fetch(`${context.app.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-forwarded-for": address,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, ...((await response.json()) as Answer) };
}

async function startSession(address: string): Promise<string> {
  const { data } = await ask(address, "mutation { startSession(input: {}) { token } }");
  return data?.startSession.token;
}

/** A socket at this address, once it is acknowledged or closed; `closed` tells the code with which it ends. */
async function openSocket(address: string, token: string | null): Promise<{ closed: Promise<number>; end(): void }> {
  const socket = new WebSocket(`${context.app.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
    headers: { "x-forwarded-for": address },
  });
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  const acknowledged = new Promise<void>((resolve) => socket.once("message", () => resolve()));
  await new Promise((resolve) => socket.once("open", resolve));
  const payload = token === null ? {} : { authorization: `Bearer ${token}` };
  socket.send(JSON.stringify({ type: "connection_init", payload }));
  await Promise.race([acknowledged, closed]);
  return { closed, end: () => socket.close() };
}

function post(address: string, token: string): Promise<Response> {
  const form = new FormData();
  form.append("file", new Blob([png], { type: "image/png" }), "bike.png");
  return fetch(`${context.app.url}/attachments`, {
    method: "POST",
    body: form,
    headers: { authorization: `Bearer ${token}`, "x-forwarded-for": address },
  });
}

const refusal = {
  status: 403,
  errors: [
    {
      message: "The chat is not available from your network: it has been blocked.",
      extensions: { code: "FORBIDDEN" },
    },
  ],
};

describe("from a blocked network", () => {
  test("no visitor begins a session, writes, fills in the form, reads or uploads; elsewhere all of it goes on", async () => {
    const token = await startSession(blocked);
    await block("198.51.100.0/24");
    const operations = [
      ["mutation { startSession(input: {}) { token } }", null],
      [`mutation { startSession(input: { token: "${token}" }) { token } }`, null],
      ['mutation { sendMessage(input: { text: "Buy now" }) { id } }', token],
      ['mutation { submitContactForm(input: { email: "ana@example.com" }) { id } }', token],
      ["mutation { recordActivity { id } }", token],
      ["{ conversations { nodes { id } } }", token],
      ["{ viewer { __typename } }", token],
    ] as const;
    for (const [query, bearer] of operations) {
      const refused = await ask(blocked, query, bearer);
      expect(refused).toMatchObject(refusal);
      expect(JSON.stringify(refused)).not.toContain('"http"');
      expect((await ask(elsewhere, query, bearer)).errors).toBeUndefined();
    }
    const upload = await post(blocked, token);
    expect([upload.status, (await upload.json()) as Data]).toEqual([
      403,
      { statusCode: 403, error: "Forbidden", message: refusal.errors[0]?.message },
    ]);
    expect((await post(elsewhere, token)).status).toBe(201);
  });

  test("visitors' sockets are closed at once and refused afterwards, those without a token too; others stay open", async () => {
    const token = await startSession(blocked);
    const agent = (await context.createAgent()).client.token;
    const sockets = await Promise.all([
      openSocket(blocked, token),
      openSocket(blocked, null),
      openSocket(elsewhere, token),
      openSocket(blocked, agent),
    ]);
    await block(blocked);
    expect(await Promise.all([sockets[0]?.closed, sockets[1]?.closed])).toEqual([4403, 4403]);
    expect(await (await openSocket(blocked, token)).closed).toBe(4403);
    expect(await (await openSocket(blocked, null)).closed).toBe(4403);
    sockets.push(await openSocket(blocked, agent));
    for (const socket of sockets.slice(2)) {
      socket.end();
      expect(await socket.closed).toBe(1005);
    }
  });

  test("staff sign in and work", async () => {
    await block("198.51.100.0/24");
    const signIn = `mutation { signIn(input: { email: "${adminEmail}", password: "${adminPassword}" }) { token } }`;
    const { data } = await ask(blocked, signIn);
    const answer = await ask(blocked, "{ conversations { nodes { id } } }", data?.signIn.token);
    expect(answer).toMatchObject({ status: 200, data: { conversations: { nodes: expect.any(Array) } } });
    expect((await post(blocked, data?.signIn.token)).status).toBe(201);
  });

  test("an IPv6 client is recognised by its /64, and an IPv4 client however the proxy writes its address", async () => {
    await block("2001:db8:1:2:3:4:5:6");
    await block(blocked);
    const operation = "mutation { startSession(input: {}) { token } }";
    for (const address of ["2001:db8:1:2::1", "2001:DB8:1:2:ffff::", `::ffff:${blocked}`, `${blocked}:4711`]) {
      expect(await ask(address, operation)).toMatchObject(refusal);
    }
    for (const address of ["2001:db8:1:3::1", "198.51.100.8"]) {
      expect((await ask(address, operation)).errors).toBeUndefined();
    }
  });
});

describe("blockNetwork", () => {
  test("lists the network, unblockNetwork removes it, and both may be repeated", async () => {
    const first = await block("192.0.2.77/24", { note: " Spam \n all day " });
    expect(first).toMatchObject({
      range: "192.0.2.0/24",
      note: "Spam \n all day",
      expiresAt: null,
      blockedBy: { id: context.agent.id },
    });
    const again = await block("192.0.2.0/24", { note: "Still", expiresAt: "2100-01-01T00:00:00.000Z" });
    expect(again).toEqual({ ...first, note: "Still", expiresAt: "2100-01-01T00:00:00.000Z" });
    expect((await list()).map(({ range }) => range)).toEqual(["192.0.2.0/24"]);
    // A part of it is not what was blocked.
    expect(await unblock("192.0.2.7")).toBe(false);
    expect(await unblock("192.0.2.1/24")).toBe(true);
    expect(await unblock("192.0.2.0/24")).toBe(false);
    expect(await list()).toEqual([]);
  });

  test("ends by itself at expiresAt, and its row is removed", async () => {
    const expiresAt = new Date(context.now.getTime() + 3_600_000).toISOString();
    await block(blocked, { expiresAt });
    const { blockedNetworks } = context.app.services;
    expect(blockedNetworks.contains(blocked)).toBe(true);
    await context.app.advance(3_601);
    await blockedNetworks.refresh();
    expect(blockedNetworks.contains(blocked)).toBe(false);
    expect(await list()).toEqual([]);
    expect(await unblock(blocked)).toBe(false);
  });

  test.each([
    ["input.range", { range: "0.0.0.0/0" }, "is too large"],
    ["input.range", { range: "everybody" }, "A range is an address, or a network such as"],
    ["input.note", { range: blocked, note: "  " }, "Say why"],
    ["input.note", { range: blocked, note: "x".repeat(501) }, "at most 500 characters"],
    ["input.expiresAt", { range: blocked, expiresAt: "2020-01-01T00:00:00.000Z" }, "must end in the future"],
  ])("is refused for %s: %j", async (field, input, message) => {
    const error = await context.agent.client.fail(blockMutation, { input: { note: "Spam", ...input } });
    expect(error).toMatchObject({ extensions: { code: "BAD_USER_INPUT", field } });
    expect(error.message).toContain(message);
  });

  test("is refused for a range that contains the caller's own address", async () => {
    // Without X-Forwarded-For, the test's own address is that of the connection.
    for (const range of ["127.0.0.1", "127.0.0.0/8", "::ffff:127.0.0.1"]) {
      const error = await context.agent.client.fail(blockMutation, { input: { range, note: "Spam" } });
      expect(error.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "input.range" });
      expect(error.message).toContain("contains your own address, 127.0.0.1");
    }
    const answer = await ask(
      "2001:db8:7::9",
      'mutation { blockNetwork(input: { range: "2001:db8::/32", note: "Spam" }) { range } }',
      context.agent.client.token,
    );
    expect(answer.errors?.[0]?.message).toContain("contains your own address, 2001:db8:7::9");
  });

  test("is refused when a thousand are blocked; one of those can still be changed", async () => {
    await context.app.execute(
      `INSERT INTO blocked_networks (range, note, blocked_at, blocked_by_id)
        SELECT set_masklen(('10.' || number / 256 || '.' || number % 256 || '.0')::inet, 24)::cidr, 'Spam', now(), $1
        FROM generate_series(1, 1000) AS number`,
      [context.agent.id],
    );
    const error = await context.agent.client.fail(blockMutation, { input: { range: blocked, note: "Spam" } });
    expect(error).toMatchObject({ extensions: { code: "CONFLICT" } });
    expect(error.message).toContain("At most 1,000 networks");
    expect(await block("10.0.1.0/24", { note: "Changed" })).toMatchObject({ note: "Changed" });
    // A request costs no more with all of them.
    const { blockedNetworks } = context.app.services;
    const beganAt = performance.now();
    for (let request = 0; request < 10_000; request += 1) blockedNetworks.contains(elsewhere);
    expect((performance.now() - beganAt) / 10_000).toBeLessThan(0.1);
    await context.app.execute("DELETE FROM blocked_networks");
    await blockedNetworks.refresh();
  });
});

test("another process notices within seconds, and does not when the database cannot be read", async () => {
  const one = await createServices();
  const other = await one.join();
  await one.sql(
    "INSERT INTO agents (id, name, email, role, password_hash, created_at) VALUES ($1, 'Ben', 'b', 'ADMIN', '-', now())",
    context.agent.id,
  );
  await one.sql("INSERT INTO blocked_networks VALUES ($1, 'Spam', now(), $2)", `${blocked}/32`, context.agent.id);
  expect(other.services.blockedNetworks.contains(blocked)).toBe(false);
  other.announced();
  await other.services.blockedNetworks.refresh();
  expect(other.services.blockedNetworks.contains(blocked)).toBe(true);
  expect(other.announced()).toEqual([{ type: "networksBlocked" }]);
  await other.services.blockedNetworks.refresh();
  expect(other.announced()).toEqual([]);
  await one.sql("ALTER TABLE blocked_networks RENAME TO gone");
  await expect(other.services.blockedNetworks.refresh()).rejects.toThrow();
  expect(other.services.blockedNetworks.contains(blocked)).toBe(true);
  await one.stop();
});
