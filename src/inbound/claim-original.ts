import { v7 } from "uuid";
import type { KeptOriginal } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import type { Json } from "../json.js";
import type { Services } from "../services.js";
import { readContent } from "./original-content.js";

/** Longer than an attempt may take, including its wait to be applied. Leases are not renewed. */
const leaseMs = 90_000;

export interface ClaimedOriginal {
  readonly leaseToken: string;
  readonly original: KeptOriginal;
}

interface Row {
  readonly id: string;
  readonly key: string;
  /** 0: its content was removed. */
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly envelope: string | null;
  readonly sender: string | null;
  readonly recipients: readonly string[];
  readonly subject: string | null;
  readonly receivedAt: Date;
  readonly attempts: number;
}

/** Ordinary emails without files are small, and take milliseconds. They do not wait for larger ones, which may take seconds. */
export type OriginalSize = "small" | "large";
const maxSmallBytes = 65_536;

/** Claims the channel's oldest due original of this size under a lease; null if none is due. */
export async function claimOriginal(
  services: Services,
  channel: string,
  size: OriginalSize,
): Promise<ClaimedOriginal | null> {
  const leaseToken = v7();
  const now = services.clock.now();
  const until = new Date(now.getTime() + leaseMs);
  const [row] = await services.database.query<Row>(claimStatement, [
    ...[channel, now, until, leaseToken],
    ...[maxSmallBytes, size === "large"],
  ]);
  if (row === undefined) return null;
  const { id, key, contentType, sizeBytes, receivedAt, attempts } = row;
  const content = new Uint8Array(sizeBytes);
  let at = 0;
  for await (const slice of readContent(services.database, id, sizeBytes)) {
    content.set(slice, at);
    at += slice.length;
  }
  const envelope: Json = row.envelope === null ? null : JSON.parse(row.envelope);
  const summary = { from: row.sender, to: row.recipients, subject: row.subject };
  const original = { id, key, content, contentType, envelope, summary, receivedAt, attempt: attempts };
  return { leaseToken, original };
}

// The attempt is counted when it is claimed, so that an original that crashes the process is not retried forever.
const claimStatement: Statement = {
  name: "claim-original",
  text: `
    UPDATE inbound_originals SET attempts = attempts + 1, lease_token = $4, next_attempt_at = $3
    WHERE id = (
      SELECT id FROM inbound_originals WHERE status = 'RECEIVED' AND channel = $1 AND next_attempt_at <= $2
        AND (size_bytes > $5) = $6
      ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, key, CASE WHEN content IS NULL THEN 0 ELSE size_bytes END AS size_bytes, content_type, envelope, sender,
      recipients, subject, received_at, attempts`,
};
