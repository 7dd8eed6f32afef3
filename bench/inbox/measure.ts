import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { openBenchDatabase } from "../database.js";
import { startLoadGenerator } from "../load.js";
import { loadPlan, type ServerContender, serverContender, serverReport } from "../measure-server.js";
import { benchDirectory } from "../packages.js";
import { ask, programServer, signIn } from "../program.js";
import type { MeasureOptions, Report } from "../report.js";
import { measureInRounds } from "../rounds.js";
import { seedConversations } from "../seed-conversations.js";
import { startServerProcess } from "../server-process.js";

/** The 25 newest open conversations with visitor, last message and unread count, as an agent's inbox queries them. */
export async function measure({ form }: MeasureOptions): Promise<Report> {
  const seed =
    form === "full" ? { conversations: 100_000, messagesEach: 10 } : { conversations: 10_000, messagesEach: 10 };
  const plan = loadPlan(form);
  const database = await openBenchDatabase();
  const load = startLoadGenerator();
  try {
    await seedConversations(database, seed);
    await database.query(postgraphileSchema);
    const contenders = contendersOn(database.url);
    await compareAnswers(contenders);
    const measured = contenders.map((contender) => serverContender(load, plan, contender));
    const standings = await measureInRounds(measured, plan.rounds);
    return serverReport(
      `The inbox: 25 newest open of ${seed.conversations} conversations with ${seed.messagesEach} messages each, ${plan.connections} connections, medians of ${plan.rounds} rounds.`,
      standings,
      { overRaw: 1.3, overPostgraphile: 2 },
    );
  } finally {
    await load.stop();
    await database.close();
  }
}

function contendersOn(databaseUrl: string): ServerContender[] {
  const production = { DATABASE_URL: databaseUrl, NODE_ENV: "production" };
  return [
    {
      name: "raw",
      setup: { script: join(import.meta.dirname, "raw.js"), environment: production, path: "/" },
      prepare: async () => ({ headers: {}, bodies: ["{}"] }),
    },
    {
      name: "PostGraphile 5",
      setup: {
        script: join(benchDirectory, "postgraphile.mjs"),
        environment: { ...production, GRAPHILE_ENV: "production", SCHEMAS: "public" },
        path: "/graphql",
      },
      prepare: async () => ({ headers: {}, bodies: [JSON.stringify({ query: postgraphileQuery })] }),
    },
    {
      name: "Afterchat",
      setup: programServer(databaseUrl),
      prepare: async (server) => ({ headers: await signIn(server), bodies: await inboxRequests() }),
    },
  ];
}

/** The program's query: what the load sends, in turn. */
export async function inboxRequests(): Promise<string[]> {
  return [JSON.stringify({ query: programQuery })];
}

const programQuery = `query Inbox {
  conversations(filter: { status: OPEN }, first: 25) {
    nodes { id lastActivityAt unreadByAgents visitor { id name email } lastMessage { id text sentAt } }
  }
}`;

// The same with PostGraphile's names; the count is a computed column, as its documentation recommends.
const postgraphileQuery = `query Inbox {
  conversations: allConversations(condition: { status: "OPEN" }, orderBy: [LAST_ACTIVITY_AT_DESC, PRIMARY_KEY_DESC], first: 25) {
    nodes {
      id: rowId
      lastActivityAt
      unreadByAgents: unread
      visitor: visitorByVisitorId { id: rowId name email }
      last: messagesByConversationId(orderBy: POSITION_DESC, first: 1) { nodes { id: rowId text sentAt } }
    }
  }
}`;

// By default PostGraphile filters only by leading index columns; the index on open conversations exists, as a partial one.
const postgraphileSchema = `
  COMMENT ON COLUMN conversations.status IS E'@behavior +filterBy';
  CREATE FUNCTION conversations_unread(conversation conversations) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT count(*)::integer FROM messages WHERE conversation_id = conversation.id
      AND position > conversation.agents_read_position AND author_kind = 'VISITOR'
  $$`;

const message = z.object({ id: z.string(), text: z.string(), sentAt: z.coerce.date() });
const inbox = z.object({
  data: z.object({
    conversations: z.object({
      nodes: z
        .array(
          z.object({
            id: z.string(),
            lastActivityAt: z.coerce.date(),
            unreadByAgents: z.number(),
            visitor: z.object({ id: z.string(), name: z.string(), email: z.string().nullable() }),
            lastMessage: message.optional(),
            last: z.object({ nodes: z.array(message).length(1) }).optional(),
          }),
        )
        .length(25),
    }),
  }),
});

/** All contenders must return the same data. @throws {Error} naming the first that does not */
async function compareAnswers(contenders: readonly ServerContender[]): Promise<void> {
  let first: unknown = null;
  for (const contender of contenders) {
    const server = await startServerProcess(contender.setup);
    try {
      const { headers, bodies } = await contender.prepare(server);
      const answer = await ask(server, headers, bodies[0] ?? "");
      const parsed = inbox.safeParse(answer);
      if (!parsed.success) throw new Error(`${contender.name} answers ${JSON.stringify(answer).slice(0, 1000)}`);
      const { nodes } = parsed.data.data.conversations;
      const same = nodes.map(({ last, lastMessage, ...rest }) => ({
        ...rest,
        lastMessage: lastMessage ?? last?.nodes[0],
      }));
      first ??= same;
      if (!isDeepStrictEqual(same, first)) throw new Error(`${contender.name} answers something else than the others.`);
    } finally {
      await server.stop();
    }
  }
}
