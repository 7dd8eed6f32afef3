import { SignJWT } from "jose";
import { v7 } from "uuid";
import { z } from "zod";
import { createAgent } from "../../../src/agents/create-agent.js";
import { openAttachmentStorage } from "../../../src/attachments/attachment-storage.js";
import type { ChannelPlugin } from "../../../src/channels/channel.js";
import type { ChannelRegistry, InstalledChannel } from "../../../src/channels/channel-registry.js";
import { Clock } from "../../../src/clock.js";
import { type RunningConfig, readConfig } from "../../../src/config.js";
import { type ChangeEvent, Events } from "../../../src/events/events.js";
import { lockConversations, refreshForwarding } from "../../../src/forwarding/due/refresh-due-times.js";
import { createLogger } from "../../../src/logger.js";
import { openDatabase } from "../../../src/orm.js";
import type { PresenceTracker } from "../../../src/presence/presence-tracker.js";
import type { Services } from "../../../src/services.js";
import { SessionCache } from "../../../src/sessions/session-cache.js";
import type { AgentViewer, Viewer, VisitorViewer } from "../../../src/viewer.js";
import { AgentRole } from "../../../src/viewer.js";
import { type StartedSession, startSession } from "../../../src/visitors/start-session.js";
import { createMigratedDatabase } from "./migrated-database.js";

const identitySecret = "the-website-and-afterchat-share-this";
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** The people of one test file: real parts on a database of their own. */
export interface House {
  readonly services: Services;
  readonly config: RunningConfig;
  /** What was announced, in order; `announced` empties it. */
  announced(): ChangeEvent[];
  sql<Row>(text: string, ...parameters: readonly unknown[]): Promise<Row[]>;
  /** The same house with other settings or another session cache, as another process has. */
  otherProcess(settings: Partial<RunningConfig>): Services;
  close(): Promise<void>;
}

// Stands in for the installed channels: only what an address is matters to people.
const email: ChannelPlugin<unknown, string> = {
  id: "email",
  name: "Email",
  policy: "when-away",
  supports: { replies: true, receipts: false, idempotentSend: true, maxTextLength: null, replyWindowHours: null },
  address: z.email({ error: "This is not an email address." }).toLowerCase(),
  configure: () => ({}),
  describeAddress: (address) => address,
  connect: async () => {
    throw new Error("No test of people sends anything.");
  },
};

function channels(): ChannelRegistry {
  const installed = { plugin: email, connection: null } as unknown as InstalledChannel;
  const registry: Partial<ChannelRegistry> = {
    all: () => [installed],
    get: (id) => (id === "email" ? installed : undefined),
    whenAway: () => ["email"],
    immediate: () => [],
  };
  return registry as ChannelRegistry;
}

export async function openHouse(): Promise<House> {
  const testDatabase = await createMigratedDatabase();
  const clock = new Clock();
  const events = new Events();
  const heard: ChangeEvent[] = [];
  const announce = (event: ChangeEvent) => {
    heard.push(event);
    events.publish(event);
  };
  const database = await openDatabase(testDatabase.url, 8, announce);
  await database.synchronize(clock);
  await database.query({ name: "t", text: "UPDATE forwarding_preference SET channels = '{email}'" }, []);
  const config: RunningConfig = {
    ...readConfig({}),
    publicUrl: "http://localhost:4000",
    websiteUrl: "http://localhost:4000",
    appSecrets: ["first-secret-of-32-characters-ok", "older-secret-of-32-characters-ok"],
    identitySecret,
  };
  const attachments = await openAttachmentStorage(config.dataDirectory, null);
  const caches: SessionCache[] = [];
  const assemble = (settings: RunningConfig): Services => {
    const sessions = new SessionCache({ database, clock, events, appSecrets: settings.appSecrets });
    caches.push(sessions);
    const logger = createLogger("silent");
    return {
      config: settings,
      clock,
      database,
      events,
      sessions,
      channels: channels(),
      presence: {} as PresenceTracker,
      attachments,
      logger,
    };
  };
  let statements = 0;
  return {
    services: assemble(config),
    config,
    announced: () => heard.splice(0),
    sql: (text, ...parameters) => database.query({ name: `test-${statements++}`, text }, parameters),
    otherProcess: (settings) => assemble({ ...config, ...settings }),
    close: async () => {
      for (const cache of caches) cache.close();
      await database.close();
      await testDatabase.drop();
    },
  };
}

export async function visit(house: House): Promise<StartedSession & { viewer: VisitorViewer }> {
  const session = await startSession(house.services, {});
  return { ...session, viewer: await visitorViewer(house, session.token) };
}

export async function visitorViewer(house: House, token: string): Promise<VisitorViewer> {
  const viewer = await house.services.sessions.resolve(token);
  if (viewer?.kind !== "visitor") throw new Error("This is no visitor's token.");
  return viewer;
}

export async function agentViewer(house: House, token: string): Promise<AgentViewer> {
  const viewer: Viewer | null = await house.services.sessions.resolve(token);
  if (viewer?.kind !== "agent") throw new Error("This is no agent's token.");
  return viewer;
}

let agents = 0;

/** An agent with the password "correct horse"; the name and address are the number's. */
export async function hire(house: House, role: AgentRole = AgentRole.AGENT) {
  const number = ++agents;
  const input = { email: `agent${number}@example.com`, name: `Agent ${number}`, password: "correct horse", role };
  return { ...input, agent: await createAgent(house.services, input) };
}

/** A conversation whose messages are told by a letter each: v from the visitor, r a reply. */
export async function converse(house: House, visitorId: string, letters: string, agentId: string): Promise<string> {
  const id = v7();
  const now = house.services.clock.now();
  await house.sql(
    `INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at, message_count)
      VALUES ($1, $2, 'web', $3, $3, $4)`,
    id,
    visitorId,
    now,
    letters.length,
  );
  for (const [index, letter] of [...letters].entries()) {
    await house.sql(
      `INSERT INTO messages (id, conversation_id, position, author_kind, author_id, text, via, sent_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'web', $7)`,
      v7(),
      id,
      index + 1,
      letter === "v" ? "VISITOR" : "AGENT",
      letter === "v" ? visitorId : agentId,
      `text ${index + 1} of Ana`,
      now,
    );
  }
  await house.services.database.transaction(async (transaction) => {
    await lockConversations(transaction, [id]);
    await refreshForwarding(transaction, [id], now);
  });
  return id;
}

/** A delivery of the conversation's replies to ana@example.com. */
export async function deliver(house: House, conversationId: string, status: string): Promise<string> {
  const id = v7();
  const now = house.services.clock.now();
  await house.sql(
    `INSERT INTO deliveries (id, conversation_id, channel, address, address_shown, kind, trigger, status, reference, due_at,
        created_at, next_attempt_at, lease_token, progress, thread)
      VALUES ($1::uuid, $2, 'email', '"ana@example.com"', 'ana@example.com', 'UNREAD_REPLIES', 'VISITOR_LEFT', $3::text, $5, $4, $4, $4,
        CASE WHEN $3::text = 'SENDING' THEN $1::uuid END, '{"to": "ana@example.com"}', '{"to": "ana@example.com"}')`,
    id,
    conversationId,
    status,
    now,
    `reference of ${id}`,
  );
  if (["QUEUED", "SENDING"].includes(status)) {
    await house.sql("UPDATE conversations SET open_delivery_id = $2 WHERE id = $1", conversationId, id);
  }
  return id;
}

/** A token as the website's own server signs it, good for half an hour. */
export async function identityToken(
  house: House,
  claims: Readonly<Record<string, unknown>>,
  aheadMs: number = hourMs / 2,
  secret: string = identitySecret,
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(new Date(house.services.clock.now().getTime() + aheadMs))
    .sign(Buffer.from(secret));
}

export interface Refusal {
  readonly code: string;
  readonly field?: string;
  readonly retryAfterSeconds?: number;
}

/** The `extensions` of the error that a promise is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<Refusal> {
  try {
    await promise;
  } catch (error) {
    const { extensions } = error as { extensions?: Refusal };
    if (extensions === undefined) throw error;
    return extensions;
  }
  throw new Error("It was not refused.");
}
