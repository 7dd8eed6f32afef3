import { v7 } from "uuid";
import type { Original } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import { UserError } from "../errors.js";
import type { Services } from "../services.js";
import { publishInboundEmail } from "./publish-inbound-email.js";

/** What an original needs besides its content. */
export const rowBytes = 1_000;

/**
 * Stores an original that a channel received, once per key, and has it interpreted soon. Resolves once it is committed, or
 * as `refused` if too much is stored for its conversation, or that belongs to none; rejects if it could not be stored.
 */
export async function storeOriginal(
  services: Services,
  channel: string,
  original: Original,
): Promise<{ readonly id: string; readonly outcome: "kept" | "known" } | { readonly outcome: "refused" }> {
  if (!(await hasRoom(services, channel, original))) return { outcome: "refused" };
  const { key, content, contentType, envelope, summary, conversationId } = original;
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
    conversationId === null,
  ]);
  if (inserted !== undefined) {
    publishInboundEmail(events, { id, contentType });
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

/** Counts what is about to be stored for a conversation, or belongs to none; false if it is too much. */
async function hasRoom({ limits, logger }: Services, channel: string, original: Original): Promise<boolean> {
  const { content, conversationId } = original;
  if (conversationId === undefined) return true;
  const limit = conversationId === null ? "unmatchedMail" : "mailOfConversation";
  const kilobytes = Math.ceil((content.byteLength + rowBytes) / 1_000);
  try {
    await limits.spend(limit, conversationId ?? channel, kilobytes);
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    logger.warn("an original was refused: too much is stored", { channel, limit });
    return false;
  }
}

const insertStatement: Statement = {
  name: "insert-original",
  text: `
    INSERT INTO inbound_originals (id, channel, key, content, content_type, size_bytes, envelope, sender, recipients, subject,
      received_at, status, next_attempt_at, unmatched)
    VALUES ($1, $2, $3, $4, $5, octet_length($4::bytea), $6, $7, $8::text[], $9, $10, 'RECEIVED', $10, $11)
    ON CONFLICT (channel, key) DO NOTHING RETURNING id`,
};

const findByKeyStatement: Statement = {
  name: "find-original-by-key",
  text: "SELECT id FROM inbound_originals WHERE channel = $1 AND key = $2",
};
