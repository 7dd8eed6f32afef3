import type { Statement, Transaction } from "../database/database.js";
import type { Services } from "../services.js";
import type { Viewer, VisitorViewer } from "../viewer.js";

/**
 * A guest's first recordActivity, markRead or sendMessage: from then on the session's connections count. Does nothing
 * for anyone else, nor a second time.
 */
export async function markGuestActive(
  transaction: Transaction,
  _services: Services,
  viewer: Viewer,
  now: Date,
): Promise<void> {
  if (viewer.kind === "agent" || viewer.guestOf === null) return;
  const activated = await transaction.query(activateStatement, [viewer.sessionId, now]);
  if (activated.length > 0) transaction.publish({ type: "sessionActive", sessionId: viewer.sessionId });
}

const activateStatement: Statement = {
  name: "activate-guest-session",
  text: "UPDATE sessions SET active_at = $2 WHERE id = $1 AND kind = 'GUEST' AND active_at IS NULL RETURNING id",
};

/** False for a guest who has only opened the link: that may have been a mail scanner. */
export async function countsAsPresent(query: Transaction["query"], viewer: VisitorViewer): Promise<boolean> {
  if (viewer.guestOf === null) return true;
  const rows = await query(activeStatement, [viewer.sessionId]);
  return rows.length > 0;
}

const activeStatement: Statement = {
  name: "is-guest-session-active",
  text: "SELECT id FROM sessions WHERE id = $1 AND active_at IS NOT NULL",
};
