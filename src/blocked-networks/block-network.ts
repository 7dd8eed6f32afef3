import type { Statement } from "../database/database.js";
import { badUserInput, conflict } from "../errors.js";
import type { Services } from "../services.js";
import type { AgentViewer } from "../viewer.js";
import type { BlockedNetwork } from "./blocked-network.js";
import { describeRange, isInRange, parseRange } from "./parse-range.js";

/** Every request is compared with all of them. */
const maxNetworks = 1_000;
const maxNoteLength = 500;

export interface BlockNetworkInput {
  readonly range: string;
  /** Why, for colleagues. */
  readonly note: string;
  /** When the block ends by itself; null or left out: never. */
  readonly expiresAt?: Date | null | undefined;
}

/**
 * Blocks a network for visitors; a range that is blocked already gets the new note and end.
 * @param ownAddress the caller's, which the range must not contain
 * @throws BAD_USER_INPUT for `input.range`, `input.note` or `input.expiresAt`, CONFLICT when too many are blocked
 */
export async function blockNetwork(
  services: Services,
  viewer: AgentViewer,
  input: BlockNetworkInput,
  ownAddress: string,
): Promise<BlockedNetwork> {
  const range = parseRange("input.range", input.range);
  if (isInRange(ownAddress, range)) {
    throw badUserInput(
      "input.range",
      `${describeRange(range)} contains your own address, ${ownAddress}: whoever is there with you could not chat. Behind a proxy, check TRUST_PROXY first.`,
    );
  }
  const note = parseNote(input.note);
  const now = services.clock.now();
  const expiresAt = input.expiresAt ?? null;
  if (expiresAt !== null && expiresAt <= now) throw badUserInput("input.expiresAt", "A block must end in the future.");
  const [blocked] = await services.database.query<BlockedNetwork>(blockStatement, [
    describeRange(range),
    note,
    now,
    viewer.agentId,
    expiresAt,
    maxNetworks,
  ]);
  if (blocked === undefined) {
    throw conflict(
      `At most ${maxNetworks.toLocaleString("en")} networks can be blocked: unblock some, or block larger ones.`,
    );
  }
  await services.blockedNetworks.refresh();
  return blocked;
}

/** Of one or more lines. Measured before it is looked at. */
function parseNote(note: string): string {
  if (note.length > maxNoteLength) {
    throw badUserInput("input.note", `A note can have at most ${maxNoteLength} characters.`);
  }
  const trimmed = note.replaceAll("\0", "").toWellFormed().trim();
  if (trimmed === "") throw badUserInput("input.note", "Say why, so that colleagues know when to unblock it.");
  return trimmed;
}

const blockStatement: Statement = {
  name: "block-network",
  text: `
    INSERT INTO blocked_networks AS blocked (range, note, blocked_at, blocked_by_id, expires_at)
    SELECT $1::cidr, $2, $3, $4, $5
    WHERE EXISTS (SELECT FROM blocked_networks WHERE range = $1::cidr)
      OR (SELECT count(*) FROM blocked_networks) < $6::integer
    ON CONFLICT (range) DO UPDATE SET note = excluded.note, expires_at = excluded.expires_at,
      -- One that has expired begins again.
      blocked_at = CASE WHEN blocked.expires_at <= $3 THEN excluded.blocked_at ELSE blocked.blocked_at END,
      blocked_by_id = CASE WHEN blocked.expires_at <= $3 THEN excluded.blocked_by_id ELSE blocked.blocked_by_id END
    RETURNING *`,
};
