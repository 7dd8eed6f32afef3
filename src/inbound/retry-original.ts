import { validate } from "uuid";
import type { Statement } from "../database/database.js";
import { conflict, notFound } from "../errors.js";
import type { Services } from "../services.js";
import { InboundOriginal, InboundStatus } from "./inbound-original.entity.js";
import { publishInboundEmail } from "./publish-inbound-email.js";
import { originalColumns } from "./read-message-origins.js";

/**
 * Schedules a FAILED or DROPPED original to be interpreted again, with its attempts reset. One that is waiting for a retry
 * is attempted immediately.
 * @throws NOT_FOUND; CONFLICT if it was understood, or its content has been removed
 */
export async function retryOriginal(services: Services, id: string): Promise<InboundOriginal> {
  if (!validate(id)) throw notFound("inbound email");
  const { database, clock, events } = services;
  const [retried] = await database.query<InboundOriginal>(retryStatement, [id, clock.now()]);
  if (retried !== undefined) {
    publishInboundEmail(events, retried);
    events.publish({ type: "originalKept", channel: retried.channel });
    return Object.assign(new InboundOriginal(), retried);
  }
  const [found] = await database.query<InboundOriginal>(findStatement, [id]);
  if (found === undefined) throw notFound("inbound email");
  if (found.status === InboundStatus.RECEIVED) return Object.assign(new InboundOriginal(), found);
  if (found.status === InboundStatus.UNDERSTOOD) {
    throw conflict("This email was processed successfully: there is nothing to retry.");
  }
  throw conflict("The content of this email has been removed: it can no longer be processed.");
}

const retryStatement: Statement = {
  name: "retry-original",
  text: `
    UPDATE inbound_originals SET status = 'RECEIVED', reason = NULL, detail = NULL, attempts = 0, settled_at = NULL,
      next_attempt_at = $2
    WHERE id = $1 AND content IS NOT NULL
      AND (status IN ('FAILED', 'DROPPED') OR (status = 'RECEIVED' AND lease_token IS NULL))
    RETURNING ${originalColumns}`,
};

const findStatement: Statement = {
  name: "find-original",
  text: `SELECT ${originalColumns} FROM inbound_originals WHERE id = $1`,
};
