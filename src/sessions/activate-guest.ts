import type { Statement, Transaction } from "../database/database.js";
import type { Viewer, VisitorViewer } from "../viewer.js";

/**
 * Activates a guest's session at its first recordActivity, markRead or sendMessage: from then on its connections count as
 * presence. Does nothing for other viewers or for a session that is already active.
 * @returns if it became active, the fingerprint of the address that its link was sent to; else null
 */
export async function activateGuestSession(
  transaction: Transaction,
  viewer: Viewer,
  now: Date,
): Promise<string | null> {
  if (viewer.kind === "agent" || viewer.guestOf === null) return null;
  const [activated] = await transaction.query<{ linkedAddress: string | null }>(activateStatement, [
    viewer.sessionId,
    now,
  ]);
  if (activated === undefined) return null;
  transaction.publish({ type: "sessionActive", sessionId: viewer.sessionId });
  return activated.linkedAddress;
}

const activateStatement: Statement = {
  name: "activate-guest-session",
  text: "UPDATE sessions SET active_at = $2 WHERE id = $1 AND kind = 'GUEST' AND active_at IS NULL RETURNING linked_address",
};

/** False for a guest who has only opened the link, because that may have been a mail scanner. */
export async function countsAsPresent(query: Transaction["query"], viewer: VisitorViewer): Promise<boolean> {
  if (viewer.guestOf === null) return true;
  const rows = await query(activeStatement, [viewer.sessionId]);
  return rows.length > 0;
}

const activeStatement: Statement = {
  name: "is-guest-session-active",
  text: "SELECT id FROM sessions WHERE id = $1 AND active_at IS NOT NULL",
};
