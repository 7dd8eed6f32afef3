import { v7 } from "uuid";
import type { Original } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";

/**
 * Stores an original that a channel received, once per key, and has it interpreted soon. Resolves once it is committed;
 * rejects if that fails, so that the source does not acknowledge it.
 */
export async function storeOriginal(
  services: Services,
  channel: string,
  { key, content, contentType, envelope, summary }: Original,
): Promise<{ readonly id: string; readonly outcome: "kept" | "known" }> {
  const { database, clock, events } = services;
  const id = v7();
  const [inserted] = await database.query(insertStatement, [
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
  if (inserted !== undefined) {
    events.publish({ type: "originalKept", channel });
    return { id, outcome: "kept" };
  }
  // The existing one is committed by now: the insert waited for its transaction.
  const [existing] = await database.query<{ id: string }>(findByKeyStatement, [channel, key]);
  if (existing === undefined) {
    throw new Error(`Original ${key} of channel ${channel} disappeared while it was stored a second time.`);
  }
  return { id: existing.id, outcome: "known" };
}

const insertStatement: Statement = {
  name: "insert-original",
  text: `
    INSERT INTO inbound_originals (id, channel, key, content, content_type, size_bytes, envelope, sender, recipients, subject,
      received_at, status, next_attempt_at)
    VALUES ($1, $2, $3, $4, $5, octet_length($4::bytea), $6, $7, $8::text[], $9, $10, 'RECEIVED', $10)
    ON CONFLICT (channel, key) DO NOTHING RETURNING id`,
};

const findByKeyStatement: Statement = {
  name: "find-original-by-key",
  text: "SELECT id FROM inbound_originals WHERE channel = $1 AND key = $2",
};
