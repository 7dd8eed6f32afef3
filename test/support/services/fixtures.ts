import { SignJWT } from "jose";
import { v7 } from "uuid";
import type { Agent } from "../../../src/agents/agent.entity.js";
import { createAgent } from "../../../src/agents/create-agent.js";
import { lockConversations, refreshForwarding } from "../../../src/forwarding/due/refresh-due-times.js";
import { AgentRole, type AgentViewer, type VisitorViewer } from "../../../src/viewer.js";
import { type StartedSession, startSession } from "../../../src/visitors/start-session.js";
import type { TestServices } from "./create-services.js";

let agents = 0;

interface AddedAgent {
  readonly agent: Agent;
  readonly viewer: AgentViewer;
  readonly email: string;
  readonly password: string;
}

/** An agent with the password "correct horse"; no two have the same name or address. */
export async function addAgent({ services }: TestServices, role: AgentRole = AgentRole.AGENT): Promise<AddedAgent> {
  const number = ++agents;
  const input = { email: `agent${number}@example.com`, name: `Agent ${number}`, password: "correct horse", role };
  const agent = await createAgent(services, input);
  return { ...input, agent, viewer: { kind: "agent", sessionId: v7(), agentId: agent.id, role } };
}

/** A visitor who was never there, with addresses by channel. */
export async function addVisitor(
  context: TestServices,
  addresses: Readonly<Record<string, string>> = {},
): Promise<VisitorViewer> {
  const visitorId = v7();
  await context.sql(
    "INSERT INTO visitors (id, addresses, created_at) VALUES ($1, $2::jsonb, $3)",
    visitorId,
    JSON.stringify(Object.fromEntries(Object.entries(addresses).map(([id, at]) => [id, { address: at, shown: at }]))),
    context.clock.now(),
  );
  return { kind: "visitor", sessionId: v7(), visitorId, guestOf: null };
}

/** A visitor who began a session, as the widget does. */
export async function startVisit(context: TestServices): Promise<StartedSession & { readonly viewer: VisitorViewer }> {
  const session = await startSession(context.services, {});
  return { ...session, viewer: await visitorViewer(context, session.token) };
}

export async function visitorViewer({ services }: TestServices, token: string): Promise<VisitorViewer> {
  const viewer = await services.sessions.resolve(token);
  if (viewer?.kind !== "visitor") throw new Error("This is no visitor's token.");
  return viewer;
}

export async function agentViewer({ services }: TestServices, token: string): Promise<AgentViewer> {
  const viewer = await services.sessions.resolve(token);
  if (viewer?.kind !== "agent") throw new Error("This is no agent's token.");
  return viewer;
}

/** A conversation without messages. */
export async function addConversation(context: TestServices, visitorId: string, channel = "web"): Promise<string> {
  const id = v7();
  await context.sql(
    "INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) VALUES ($1, $2, $3, $4, $4)",
    id,
    visitorId,
    channel,
    context.clock.now(),
  );
  return id;
}

/** A conversation on the website whose messages are told by a letter each: v from the visitor, r a reply by the agent. */
export async function addMessages(
  context: TestServices,
  visitorId: string,
  letters: string,
  agentId: string,
): Promise<string> {
  const id = await addConversation(context, visitorId);
  const now = context.clock.now();
  await context.sql("UPDATE conversations SET message_count = $2 WHERE id = $1", id, letters.length);
  for (const [index, letter] of [...letters].entries()) {
    await context.sql(
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
  await context.services.database.transaction(async (transaction) => {
    await lockConversations(transaction, [id]);
    await refreshForwarding(transaction, [id], now);
  });
  return id;
}

/** A delivery of the conversation's replies to ana@example.com. */
export async function addDelivery(context: TestServices, conversationId: string, status: string): Promise<string> {
  const id = v7();
  const now = context.clock.now();
  await context.sql(
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
    await context.sql("UPDATE conversations SET open_delivery_id = $2 WHERE id = $1", conversationId, id);
  }
  return id;
}

const halfHourMs = 30 * 60_000;

/** A token as the website's own server signs it, good for half an hour. */
export async function identityToken(
  { services: { clock, config } }: Pick<TestServices, "services">,
  claims: Readonly<Record<string, unknown>>,
  aheadMs: number = halfHourMs,
  secret: string | null = config.identitySecret,
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(new Date(clock.now().getTime() + aheadMs))
    .sign(Buffer.from(secret ?? ""));
}
