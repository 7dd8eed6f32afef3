import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { inDatabase } from "../support/services/in-database.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";

let program: Program;
let visitor: GraphqlClient;
let conversationId: string;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const database = await createMigratedDatabase();
  closing.push(() => database.drop());
  const directory = await makeDataDirectory();
  closing.push(() => directory.remove());
  program = await Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_EMAIL: "admin@example.com",
    ADMIN_PASSWORD: "an admin's password",
    CHANNELS: "",
    // What is tested comes from one network, whose limits would stop it earlier.
    LIMITS_FACTOR: "100",
    // Garbage is collected only when the heap is nearly full: in a large one it would look like memory that is kept.
    NODE_OPTIONS: "--max-old-space-size=192",
  });
  closing.push(() => program.end("SIGKILL"));
  const admin = await program.signInAdmin("an admin's password");
  await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
  visitor = await program.client.startSession();
  const { sendMessage } = await visitor.do(
    'mutation { sendMessage(input: { text: "Is my bike ready?" }) { conversation { id } } }',
  );
  conversationId = sendMessage.conversation.id;
  // What a visitor could send within two minutes: a hundred messages of 9,000 characters.
  await inDatabase(database.url, async (client) => {
    await client.query(
      `INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at)
        SELECT gen_random_uuid(), conversation_id, n, 'VISITOR', author_id, repeat('x', 9000), 'web', sent_at
        FROM messages, generate_series(2, 101) AS n WHERE conversation_id = $1`,
      [conversationId],
    );
    await client.query("UPDATE conversations SET message_count = 101 WHERE id = $1", [conversationId]);
  });
}, 120_000);
afterAll(async () => {
  for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
});

/** By how many MiB the program's memory grew at most while the attack ran, and how much was left of it when it was over. */
async function growthDuring(attack: () => Promise<void>): Promise<{ readonly peak: number; readonly left: number }> {
  const before = (await program.memory()).now;
  let most = before;
  const watch = setInterval(async () => {
    most = Math.max(most, (await program.memory()).now);
  }, 20);
  try {
    await attack();
  } finally {
    clearInterval(watch);
  }
  const after = (await program.memory()).now;
  return { peak: Math.max(most, after) - before, left: after - before };
}

function aliases(count: number, field: string): string {
  return Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(" ");
}

function ofMessages(fields: string): string {
  return `{ conversation(id: "${conversationId}") { messages(last: 100) { nodes { ${fields} } } } }`;
}

/** What the widget asks for, beside the attack. */
async function readAsWidget(): Promise<void> {
  const { conversation } = await visitor.do(ofMessages("id text sentAt author { name }"));
  expect(conversation.messages.nodes).toHaveLength(100);
  expect((await fetch(`${program.url}/health`)).status).toBe(200);
}

async function post(client: GraphqlClient, query: string) {
  const response = await fetch(`${client.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(client.token !== null && { authorization: `Bearer ${client.token}` }),
    },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, text: await response.text() };
}

describe("an operation that multiplies its answer by aliases", () => {
  test("is refused by its cost, with the cost and the limit, and not with HTTP 500", async () => {
    for (const count of [250, 300]) {
      const { status, text } = await post(visitor, ofMessages(aliases(count, "text")));
      const [error] = JSON.parse(text).errors;
      expect(status).toBe(400);
      expect(error.extensions).toMatchObject({ code: "GRAPHQL_VALIDATION_FAILED", cost: 100 * (count + 2) + 1 });
      expect(error.message).toContain(`costs ${error.extensions.cost}`);
      expect(error.extensions.limit).toBe(25_000);
    }
  });

  test("is refused before its answer is written, however often and however many at once", async () => {
    await readAsWidget();
    // 216 MB each, if they were written.
    const query = ofMessages(aliases(240, "text"));
    const { peak } = await growthDuring(async () => {
      for (let round = 0; round < 5; round += 1) {
        const attack = Array.from({ length: 5 }, () => post(visitor, query));
        await readAsWidget();
        for (const { text } of await Promise.all(attack)) {
          const { data, errors } = JSON.parse(text);
          expect(data).toBeNull();
          expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
          expect(errors[0].message).toContain("larger than 10 MB");
        }
      }
    });
    expect(peak).toBeLessThan(100);
  });

  test("is refused on a WebSocket, too", async () => {
    const connection = await visitor.connect();
    try {
      const { data, errors } = await connection.subscribe(ofMessages(aliases(240, "text"))).next();
      expect(data).toBeNull();
      expect(errors?.[0]?.message).toContain("larger than 10 MB");
      await expect(connection.subscribe(ofMessages(aliases(300, "text"))).next()).rejects.toMatchObject([
        { extensions: { code: "GRAPHQL_VALIDATION_FAILED", cost: 30_201, limit: 25_000 } },
      ]);
    } finally {
      await connection.close();
    }
  });

  test("reads no more rows than fit in memory", async () => {
    // 36 MB of rows, each list a statement of its own.
    const lists = aliases(40, `conversation(id: "${conversationId}") { messages(last: 100) { nodes { read } } }`);
    const { peak } = await growthDuring(async () => {
      const attack = Array.from({ length: 3 }, () => post(visitor, `{ ${lists} }`));
      await readAsWidget();
      for (const { status, text } of await Promise.all(attack)) {
        expect(status).toBe(200);
        expect(text).toContain("20 million characters");
      }
    });
    expect(peak).toBeLessThan(100);
  });

  test("searches a few times only", async () => {
    const searches = (count: number) =>
      `{ ${aliases(count, 'conversations(first: 0, filter: { search: "x" }) { nodes { id } }')} }`;
    for (const count of [200, 5]) expect((await post(visitor, searches(count))).status).toBe(400);
    expect((await post(visitor, searches(4))).status).toBe(200);
  });
});

describe("long documents that differ", () => {
  /** As many tokens as are read, in 97,000 characters. */
  const document = (index: number) => {
    const fields = Array.from({ length: 320 }, (_, field) => `a${index}_${field}_${"x".repeat(280)}: current`);
    return `{ contactForm { ${fields.join(" ")} } }`;
  };

  test("150 of them on sockets without a token leave nothing behind", async () => {
    const { peak, left } = await growthDuring(async () => {
      // As many on each as may be sent in one go.
      for (let socket = 0; socket < 5; socket += 1) {
        const connection = await program.client.connect();
        for (let index = 0; index < 30; index += 1) {
          const { data } = await connection.subscribe(document(30 * socket + index)).next();
          expect(Object.keys(data?.contactForm)).toHaveLength(320);
        }
        await connection.close();
      }
      await readAsWidget();
    });
    expect(peak).toBeLessThan(100);
    expect(left).toBeLessThan(100);
  }, 180_000);

  test("nor do 100 by HTTP", async () => {
    const { peak } = await growthDuring(async () => {
      for (let index = 0; index < 100; index += 1) {
        expect((await post(program.client, document(index))).status).toBe(200);
      }
    });
    expect(peak).toBeLessThan(100);
  }, 180_000);

  test("few of them can be held by one socket's subscriptions, which end with them", async () => {
    const connection = await program.client.connect();
    const subscribe = (index: number) => {
      const fields = document(index).slice("{ contactForm".length, -2);
      return connection.subscribe(`subscription { contactFormUpdated ${fields} }`);
    };
    try {
      const held = [subscribe(0), subscribe(1)];
      for (const subscription of held) subscription.next().catch(() => undefined);
      for (let index = 2; index < 30; index += 1) {
        await expect(subscribe(index).next()).rejects.toMatchObject([{ extensions: { code: "CONFLICT" } }]);
      }
      const { data } = await connection.subscribe("{ contactForm { current } }").next();
      expect(data).toEqual({ contactForm: { current: "OFF" } });
    } finally {
      await connection.close();
    }
  });

  test("longer ones are not read", async () => {
    for (const [count, message] of [
      [60_000, "100000 are allowed"],
      [49_000, "1000 comments"],
    ] as const) {
      const { status, text } = await post(program.client, `{ contactForm { current } } ${"#\n".repeat(count)}`);
      expect(status).toBe(400);
      expect(text).toContain(message);
    }
  });

  test("documents that are nested hundreds of levels deep are refused, and the connection stays", async () => {
    const query = `{ conversation(id: 1) ${"{ lastMessage { conversation ".repeat(150)}{ id }${"}}".repeat(150)} }`;
    expect((await post(program.client, query)).status).toBe(400);
    const deeper = `${"{ a ".repeat(330)}${"}".repeat(330)}`;
    expect((await post(program.client, deeper)).status).toBe(400);
    const connection = await visitor.connect();
    try {
      for (const text of [query, deeper]) await expect(connection.subscribe(text).next()).rejects.toHaveLength(1);
      const { data } = await connection.subscribe("{ contactForm { current } }").next();
      expect(data).toEqual({ contactForm: { current: "OFF" } });
    } finally {
      await connection.close();
    }
  });
});
