import { readChannelHealth } from "../channels/health/read-channel-health.js";
import type { Statement } from "../database/database.js";
import { readPreference } from "../forwarding/read-preference.js";
import type { Services } from "../services.js";
import { emailChannel } from "../visitors/visitor-address.js";
import { readSightings } from "../website/read-website.js";
import { decideSetUp, type SetUpFacts, type SetUpStep } from "./decide-set-up.js";

/** The steps from the first start to the real website, and which of them are done. */
export async function readSetUp(services: Services): Promise<SetUpStep[]> {
  const { config, database } = services;
  const [agents, firstSent, preference, email, sightings] = await Promise.all([
    database.query<AgentsRow>(agentsStatement, []),
    database.query<{ address: string; at: Date }>(firstSentStatement, []),
    readPreference(database.query.bind(database)),
    readEmail(services),
    readSightings(services),
  ]);
  const { count = 0, isKept = false, changedAt = null } = agents[0] ?? {};
  return decideSetUp({
    firstPassword: { isKept, changedAt },
    hasAdminPassword: config.adminPassword !== null,
    firstSent: firstSent[0] ?? null,
    preference,
    agents: count,
    email,
    sightings,
    demoOrigin: config.demoWebsite ? new URL(config.publicUrl).origin : null,
    websiteOrigin: new URL(config.websiteUrl).origin,
  });
}

async function readEmail(services: Services): Promise<SetUpFacts["email"]> {
  const health = (await readChannelHealth(services)).get(emailChannel);
  const settings = services.channels.get(emailChannel)?.settings;
  if (health === undefined || settings === undefined) return null;
  const missing = settings.filter(({ required, isSet }) => required && !isSet).map(({ name }) => name);
  return { status: health.status, detail: health.detail, missing };
}

interface AgentsRow {
  readonly count: number;
  readonly isKept: boolean;
  readonly changedAt: Date | null;
}

const agentsStatement: Statement = {
  name: "read-agents-set-up",
  text: `
    SELECT count(*)::integer AS count, coalesce(bool_or(first_password), false) AS is_kept,
      max(password_changed_at) FILTER (WHERE role = 'ADMIN') AS changed_at
    FROM agents WHERE removed_at IS NULL`,
};

// One subquery for each status, so that each reads the first entry of its part of an index.
const firstOf = (status: string): string => `
  (SELECT address_shown, coalesce(sent_at, delivered_at, created_at) AS at FROM deliveries WHERE status = '${status}'
    ORDER BY created_at, id LIMIT 1)`;
export const firstSentStatement: Statement = {
  name: "read-first-sent",
  text: `
    SELECT address_shown AS address, at FROM (${firstOf("SENT")} UNION ALL ${firstOf("DELIVERED")}) AS first
    ORDER BY at LIMIT 1`,
};
