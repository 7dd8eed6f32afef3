import { join } from "node:path";
import { type BenchDatabase, openBenchDatabase } from "../database.js";
import { startLoadGenerator } from "../load.js";
import { loadPlan, type ServerContender, serverContender, serverReport } from "../measure-server.js";
import { benchDirectory } from "../packages.js";
import { programServer, signIn } from "../program.js";
import type { MeasureOptions, Report } from "../report.js";
import { measureInRounds } from "../rounds.js";
import { seedConversations } from "../seed-conversations.js";
import { sendSql } from "./statement.js";

/** An agent's reply: message, conversation and outbox in one transaction, over so many conversations that none is contended. */
export async function measure({ form }: MeasureOptions): Promise<Report> {
  const seed =
    form === "full" ? { conversations: 100_000, messagesEach: 10 } : { conversations: 10_000, messagesEach: 10 };
  const plan = loadPlan(form);
  const database = await openBenchDatabase();
  const load = startLoadGenerator();
  try {
    await seedConversations(database, seed);
    const contenders = await prepareContenders(database);
    const measured = contenders.map((contender) =>
      serverContender(load, plan, contender, () => beginCount(database, plan.connections)),
    );
    const standings = await measureInRounds(measured, plan.rounds);
    return serverReport(
      `An agent's reply into one of ${seed.conversations} conversations, ${plan.connections} connections, fsync on, medians of ${plan.rounds} rounds.`,
      standings,
      { overRaw: 0.7, overPostgraphile: 1.4 },
    );
  } finally {
    await load.stop();
    await database.close();
  }
}

/**
 * Each response stands for a stored message. Up to 2 × `connections` more may be stored: those in progress when the load
 * ended.
 */
async function beginCount(database: BenchDatabase, connections: number): Promise<(answers: number) => Promise<number>> {
  const before = await countMessages(database);
  return async (answers) => {
    const unanswered = (await countMessages(database)) - before - answers;
    return Math.max(0, -unanswered, unanswered - 2 * connections);
  };
}

async function countMessages(database: BenchDatabase): Promise<number> {
  const [row] = await database.query<{ count: number }>("SELECT count(*)::integer AS count FROM messages");
  return row?.count ?? 0;
}

async function prepareContenders(database: BenchDatabase): Promise<ServerContender[]> {
  const [author] = await database.query<{ id: string }>("SELECT id FROM agents");
  const authorId = author?.id ?? "";
  await database.query("CREATE SCHEMA bench");
  await database.query("CREATE TABLE bench.outbox (message_id uuid PRIMARY KEY, created_at timestamptz NOT NULL)");
  await database.query(sendFunction(authorId));
  const conversationIds = await pickConversations(database);
  const production = { DATABASE_URL: database.url, NODE_ENV: "production" };
  return [
    {
      name: "raw",
      setup: {
        script: join(import.meta.dirname, "raw.js"),
        environment: { ...production, AUTHOR_ID: authorId },
        path: "/",
      },
      prepare: async () => ({ headers: {}, bodies: conversationIds.map((id) => JSON.stringify(inputFor(id))) }),
    },
    {
      name: "PostGraphile 5",
      setup: {
        script: join(benchDirectory, "postgraphile.mjs"),
        environment: { ...production, GRAPHILE_ENV: "production", SCHEMAS: "bench" },
        path: "/graphql",
      },
      prepare: async () => ({ headers: {}, bodies: graphqlBodies(postgraphileMutation, conversationIds) }),
    },
    {
      name: "Afterchat",
      setup: programServer(database.url),
      prepare: async (server) => ({
        headers: await signIn(server),
        bodies: graphqlBodies(programMutation, conversationIds),
      }),
    },
  ];
}

/** The program's mutations: what the load sends, in turn. */
export async function sendMessageRequests(database: Pick<BenchDatabase, "query">): Promise<string[]> {
  return graphqlBodies(programMutation, await pickConversations(database));
}

/** Open conversations in random order, so that neighbours on a page of the table are not written one after the other. */
async function pickConversations(database: Pick<BenchDatabase, "query">): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    // Where an old reply is already pending, another one would be forwarded immediately.
    "SELECT id FROM conversations WHERE status = 'OPEN' AND unread_replies = 0 ORDER BY md5(id::text) LIMIT 20000",
  );
  return rows.map(({ id }) => id);
}

function inputFor(conversationId: string) {
  return {
    conversationId,
    text: "It is ready: come by until six, or tomorrow from nine on.",
    clientMessageId: "{unique}",
  };
}

function graphqlBodies(query: string, conversationIds: readonly string[]): string[] {
  return conversationIds.map((id) => JSON.stringify({ query, variables: { input: inputFor(id) } }));
}

const programMutation = `mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) { id text sentAt }
}`;

const postgraphileMutation = `mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) { message: result { id: rowId text sentAt } }
}`;

/** The raw contender's statement for PostGraphile, which exposes functions as mutations. plpgsql caches its plan. */
function sendFunction(authorId: string): string {
  const parameters = ["uuidv7()", "send_message.conversation_id", `'${authorId}'`, "send_message.text"];
  const statement = [...parameters, "send_message.client_message_id"].reduce(
    (text, expression, index) => text.replaceAll(`$${index + 1}::`, `${expression}::`),
    sendSql,
  );
  return `
    CREATE TYPE bench.sent_message AS (id uuid, text text, sent_at timestamptz);
    CREATE FUNCTION bench.send_message(conversation_id uuid, text text, client_message_id text)
    RETURNS bench.sent_message LANGUAGE plpgsql VOLATILE AS $$
    #variable_conflict use_column
    DECLARE
      sent bench.sent_message;
    BEGIN
      ${statement.replace("SELECT * FROM message", "SELECT id, text, sent_at INTO sent FROM message")};
      RETURN sent;
    END $$`;
}
