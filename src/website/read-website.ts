import { Agent } from "../agents/agent.entity.js";
import { isOnlineSql } from "../agents/agent-presence.js";
import type { Statement } from "../database/database.js";
import { readReadyChannels } from "../forwarding/due/read-facts.js";
import { ForwardingMode } from "../forwarding/forwarding-preference.entity.js";
import { readPreference } from "../forwarding/read-preference.js";
import type { Services } from "../services.js";
import { emailChannel } from "../visitors/visitor-address.js";
import type { WebsiteSettings } from "./website-settings.entity.js";

const maxHere = 3;

export async function readSettings({ database }: Pick<Services, "database">): Promise<WebsiteSettings> {
  const [row] = await database.query<WebsiteSettings>(settingsStatement, []);
  if (row === undefined) throw new Error("The table website_settings is empty: restore its row from a backup.");
  return row;
}

/** Three agents at most who are online: those who came first. */
export async function readAgentsHere({ database, clock }: Pick<Services, "database" | "clock">): Promise<Agent[]> {
  const rows = await database.query<Agent>(hereStatement, [clock.now(), maxHere]);
  return rows.map((row) => Object.assign(new Agent(), row));
}

/** Whether answers are emailed to visitors who have left, if they have given an address. */
export async function repliesByEmail(services: Services): Promise<boolean> {
  const query = services.database.query.bind(services.database);
  if (!services.channels.whenAway().includes(emailChannel)) return false;
  const { mode } = await readPreference(query);
  return mode !== ForwardingMode.NOTHING && (await readReadyChannels(services, query)).includes(emailChannel);
}

/** A website on which the chat was opened. */
export interface Sighting {
  readonly origin: string;
  /** The last time, to the minute. */
  readonly seenAt: Date;
}

const maxSightings = 100;

/** Where the chat was opened, the latest first, 100 at most: websites that are not allowed any more are among them. */
export async function readSightings({ database }: Pick<Services, "database">): Promise<Sighting[]> {
  return database.query<Sighting>(sightingsStatement, [maxSightings]);
}

/** How many visitors have a connection now. */
export async function countVisitorsOnline({ database }: Pick<Services, "database">): Promise<number> {
  const [row] = await database.query<{ count: number }>(visitorsOnlineStatement, []);
  return row?.count ?? 0;
}

const sightingsStatement: Statement = {
  name: "read-website-sightings",
  text: "SELECT origin, seen_at FROM website_sightings ORDER BY seen_at DESC, origin LIMIT $1",
};

// Its cost depends on how many connections are open, not on how many visitors there ever were.
const visitorsOnlineStatement: Statement = {
  name: "count-visitors-online",
  text: "SELECT count(DISTINCT visitor_id)::integer AS count FROM connections WHERE visitor_id IS NOT NULL",
};

const settingsStatement: Statement = {
  name: "read-website-settings",
  text: "SELECT * FROM website_settings WHERE id = 1",
};

const hereStatement: Statement = {
  name: "read-agents-here",
  text: `
    SELECT * FROM agents WHERE ${isOnlineSql("$1")}
    ORDER BY created_at, id LIMIT $2`,
};
