import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { OperationBudget } from "../../src/graphql/operation-budget.js";
import { CostBudgets } from "../../src/limits/cost-budgets.js";
import { costLimits } from "../../src/limits/limit-table.js";
import { AgentRole, type Viewer } from "../../src/viewer.js";
import type { Connection, GraphqlError } from "../support/app/graphql-client.js";
import { StubServer } from "./stub-server.js";

// Each spends all that a minute allows: seconds of work, and more on a busy machine.
jest.setTimeout(120_000);

const ofVisitor = costLimits.costOfVisitor.costPerMinute;
const unmatched = costLimits.anonymousCostOfNetwork.costPerMinute;
/** What each operation pays besides its cost. */
const costOfAny = 50;

let nowMs = 1_800_000_000_000;
beforeEach(() => void jest.spyOn(Date, "now").mockImplementation(() => nowMs));
afterEach(() => void jest.restoreAllMocks());

/** About the dearest that a visitor may send, and quickly answered. */
const dear = `{ ${Array.from({ length: 30 }, (_, index) => `a${index}: __schema { types { fields { name description } } }`).join(" ")} }`;

/** Each pair of its fragments is compared: some 15 ms. */
const slow = `{ ${Array.from({ length: 100 }, (_, index) => `...f${index}`).join(" ")} }
  ${Array.from({ length: 100 }, (_, index) => `fragment f${index} on Query { nothing }`).join(" ")}`;

describe("a budget of operations", () => {
  const visitor = (session: number): Viewer => ({
    ...{ kind: "visitor", sessionId: `session ${session}`, visitorId: `visitor ${session}`, guestOf: null },
  });
  const agent: Viewer = { kind: "agent", sessionId: "session of ben", agentId: "ben", role: AgentRole.AGENT };

  test("allows what is left, to the last, and refuses one more", () => {
    const budget = new OperationBudget(new CostBudgets(1));
    const ana = { bearer: visitor(1), remoteAddress: "192.0.2.1" };
    expect(budget.pay(ana, ofVisitor - 2 * costOfAny)).toBeNull();
    expect(budget.pay(ana, 1)).not.toBeNull();
    expect(budget.refuseIfSpent(ana)).toBeNull();
    expect(budget.pay(ana, 0)).toBeNull();
    const refused = budget.refuseIfSpent(ana);
    expect(refused?.extensions).toMatchObject({ code: "RATE_LIMITED", retryAfterSeconds: 1, http: { status: 429 } });
    expect(budget.pay(ana, 0)).not.toBeNull();
  });

  test("is shared by the visitors of a network, though each has their own", () => {
    const budget = new OperationBudget(new CostBudgets(1));
    const sessions = costLimits.costOfVisitors.costPerMinute / ofVisitor;
    const spendAll = (session: number, remoteAddress: string) =>
      budget.pay({ bearer: visitor(session), remoteAddress }, ofVisitor - costOfAny);
    for (let session = 0; session < sessions; session += 1)
      expect(spendAll(session, `2001:db8::${session}`)).toBeNull();
    expect(spendAll(sessions, "2001:db8::ffff")).not.toBeNull();
    expect(spendAll(sessions, "2001:db8:0:1::1")).toBeNull();
    // Whoever has no session yet can still begin one, and agents are not visitors.
    expect(budget.pay({ bearer: null, remoteAddress: "2001:db8::1" }, 100)).toBeNull();
    expect(budget.pay({ bearer: agent, remoteAddress: "2001:db8::1" }, 100)).toBeNull();
  });

  test("is not spent by what is refused", () => {
    const budget = new OperationBudget(new CostBudgets(1));
    const nobody = { bearer: null, remoteAddress: "192.0.2.1" };
    for (let time = 0; time < 100; time += 1) expect(budget.pay(nobody, unmatched)).not.toBeNull();
    expect(budget.pay(nobody, unmatched - costOfAny)).toBeNull();
  });

  test("lets an agent read 1,000 inboxes a second for an hour", () => {
    const budget = new OperationBudget(new CostBudgets(1));
    const ben = { bearer: agent, remoteAddress: "192.0.2.1" };
    for (let second = 0; second < 3_600; second += 1) {
      nowMs += 1_000;
      expect(budget.pay(ben, 1_000 * (325 + costOfAny))).toBeNull();
    }
  });
});

describe("over HTTP and WebSocket", () => {
  let server: StubServer;
  const open: Connection[] = [];
  beforeEach(async () => {
    server = await StubServer.start();
  });
  afterEach(async () => {
    for (const connection of open.splice(0)) await connection.close();
    await server.stop();
  });

  interface Answered {
    readonly status: number;
    readonly retryAfter: string | null;
    readonly extensions: GraphqlError["extensions"] | undefined;
    readonly cost: number | undefined;
  }

  async function post(token: string | null, query: string): Promise<Answered> {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token !== null && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query }),
    });
    const { errors, extensions } = (await response.json()) as {
      errors?: readonly GraphqlError[];
      extensions?: { cost: number };
    };
    return {
      status: response.status,
      retryAfter: response.headers.get("retry-after"),
      extensions: errors?.[0]?.extensions,
      cost: extensions?.cost,
    };
  }

  /** Spends a budget; returns how many were answered, and the first that was not. */
  async function spend(token: string | null) {
    const { cost = 0 } = await post(token, dear);
    expect(cost).toBeGreaterThan(20_000);
    for (let answered = 1; ; answered += 1) {
      const answer = await post(token, dear);
      if (answer.status !== 200) return { answered, cost, refused: answer };
    }
  }

  /** The first text is also paid for by the time that it took to read it, which is that of a few operations at most. */
  function expectAll(answered: number, costPerMinute: number, cost: number): void {
    const most = Math.floor(costPerMinute / (cost + costOfAny));
    expect(answered).toBeLessThanOrEqual(most);
    expect(answered).toBeGreaterThanOrEqual(most - 3);
  }

  async function connect(token: string): Promise<Connection> {
    const connection = await server.client(token).connect();
    open.push(connection);
    return connection;
  }

  test("a visitor's last operation is answered, the next one is refused with 429, and answered when it says", async () => {
    const { answered, cost, refused } = await spend("ana");
    expectAll(answered, ofVisitor, cost);
    expect(refused.status).toBe(429);
    const seconds = Number(refused.retryAfter);
    expect(refused.extensions).toEqual({ code: "RATE_LIMITED", retryAfterSeconds: seconds });
    // Each has to wait for its own cost at most.
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(Math.ceil(((cost + costOfAny) / ofVisitor) * 60));
    nowMs += seconds * 1_000 - 1_000;
    expect((await post("ana", dear)).status).toBe(429);
    nowMs += 1_000;
    expect((await post("ana", dear)).status).toBe(200);
    expect((await post("ana", dear)).status).toBe(429);
  });

  test("what costs less than what is left is still answered", async () => {
    await spend("ana");
    expect((await post("ana", "{ contactForm { current } }")).status).toBe(200);
  });

  test("others, agents and those without a session are not concerned", async () => {
    await spend("ana");
    for (const token of ["stranger", "ben", null]) expect((await post(token, dear)).status).toBe(200);
  });

  test("callers without a session share their network's", async () => {
    const { answered, cost } = await spend(null);
    expectAll(answered, unmatched, cost);
    expect((await post("ana", dear)).status).toBe(200);
  });

  test("a socket's queries, mutations and subscriptions are paid and refused alike", async () => {
    const connection = await connect("ana");
    const { cost = 0 } = await post("ana", dear);
    let answered = 1;
    for (let refused = false; !refused; ) {
      const answer = await connection
        .subscribe(dear)
        .next()
        .catch(() => null);
      refused = answer === null;
      if (answer !== null) {
        expect(answer.errors).toBeUndefined();
        answered += 1;
      }
    }
    expectAll(answered, ofVisitor, cost);
    const refusal = [{ extensions: { code: "RATE_LIMITED", retryAfterSeconds: expect.any(Number) } }];
    await expect(connection.subscribe(dear).next()).rejects.toMatchObject(refusal);
    expect((await post("ana", dear)).status).toBe(429);
    // What is left, in small operations.
    const fields = Array.from({ length: 300 }, (_, index) => `a${index}: __typename`).join(" ");
    for (let refused = false; !refused; ) {
      const answer = connection.subscribe(`{ ${fields} }`).next();
      refused = await answer.then(
        () => false,
        () => true,
      );
    }
    for (const operation of [
      `subscription { messageAdded { ${fields} } }`,
      `mutation { sendMessage(input: { text: "Hello" }) { ${fields} } }`,
      `{ ${fields} }`,
    ]) {
      await expect(connection.subscribe(operation).next()).rejects.toMatchObject(refusal);
    }
    expect(server.subscriptions).toEqual([]);
    const other = await connect("stranger");
    expect((await other.subscribe(dear).next()).errors).toBeUndefined();
  });

  test("texts that are slow to validate are paid for, too, and not parsed any more when nothing is left", async () => {
    // Nearly all: a whole budget of them takes four seconds.
    await spend(null);
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429) statuses.push((await post(null, slow)).status);
    expect(statuses.slice(0, -1)).toEqual(Array(statuses.length - 1).fill(400));
    expect(statuses.length).toBeGreaterThan(1);
    expect((await post(null, "{ contactForm { current } }")).status).toBe(429);
    // The last one may have cost more than was left.
    nowMs += 120_000;
    expect((await post(null, "{ contactForm { current } }")).status).toBe(200);
  });

  test("on a socket, too", async () => {
    const connection = await connect("ana");
    await spend("ana");
    const codes: unknown[] = [];
    while (codes.at(-1) !== "RATE_LIMITED") {
      const refused = await connection
        .subscribe(slow)
        .next()
        .catch((errors) => errors);
      codes.push(refused[0].extensions.code);
    }
    expect(codes.slice(0, -1)).toEqual(Array(codes.length - 1).fill("GRAPHQL_VALIDATION_FAILED"));
    expect(codes.length).toBeGreaterThan(1);
  });
});
