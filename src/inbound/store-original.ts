import { v7 } from "uuid";
import type { Original } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";

/**
 * Stores what a channel took in, once a key, and has it interpreted soon. Resolves once it is committed; rejects when it
 * could not be, so that the way in does not acknowledge.
 */
export async function keepOriginal(
  services: Services,
  channel: string,
  { key, content, contentType, envelope, summary }: Original,
): Promise<{ readonly id: string; readonly outcome: "kept" | "known" }> {
  const { database, clock, events } = services;
  const id = v7();
  const [kept] = await database.query(keepStatement, [
    id,
    channel,
    key,
    Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    contentType,
    JSON.stringify(envelope),
    summary.from,
    summary.to,
    summary.subject,
    clock.now(),
  ]);
  if (kept !== undefined) {
    events.publish({ type: "originalKept", channel });
    return { id, outcome: "kept" };
  }
  // The one that was there has been committed: the insertion waited for it.
  const [known] = await database.query<{ id: string }>(knownStatement, [channel, key]);
  if (known === undefined)
    throw new Error(`Original ${key} of channel ${channel} has vanished while it was kept again.`);
  return { id: known.id, outcome: "known" };
}

const keepStatement: Statement = {
  name: "keep-original",
  text: `
    INSERT INTO inbound_originals (id, channel, key, content, content_type, size_bytes, envelope, sender, recipients, subject,
      received_at, status, next_attempt_at)
    VALUES ($1, $2, $3, $4, $5, octet_length($4::bytea), $6, $7, $8::text[], $9, $10, 'RECEIVED', $10)
    ON CONFLICT (channel, key) DO NOTHING RETURNING id`,
};

const knownStatement: Statement = {
  name: "known-original",
  text: "SELECT id FROM inbound_originals WHERE channel = $1 AND key = $2",
};
