import type { Database, Statement, Transaction } from "../../database/database.js";
import type { Services } from "../../services.js";
import {
  type Admission,
  admitMail,
  countedMs,
  countedNamedMs,
  mailboxOf,
  type PlannedMail,
  type UnprovenMail,
} from "../due/admit-mail.js";
import { type ConversationFacts, chosenAddress, type ForwardingSituation, isUnproven } from "../due/read-facts.js";

const dayMs = 86_400_000;

/** Decides about mails to unproven addresses, one after the other, each counting those before it. */
export class UnprovenMails {
  readonly #planned: PlannedMail[];

  private constructor(
    planned: readonly PlannedMail[],
    private readonly situation: ForwardingSituation,
    private readonly factor: number,
    private readonly now: Date,
  ) {
    this.#planned = [...planned];
  }

  /**
   * Reads what was planned before for the addresses of conversations that the caller has locked. Until the transaction
   * ends, no other one can plan such mails, so that two together never exceed a limit.
   */
  static async read(
    { config }: Pick<Services, "config">,
    transaction: Transaction,
    situation: ForwardingSituation,
    conversations: readonly ConversationFacts[],
    now: Date,
  ): Promise<UnprovenMails> {
    const mails = conversations.flatMap((conversation) => unprovenMailOf(conversation, situation, now) ?? []);
    if (mails.length === 0) return new UnprovenMails([], situation, config.limitsFactor, now);
    await transaction.query(lockStatement, []);
    const planned = await transaction.query<PlannedMail>(plannedStatement, [
      new Date(now.getTime() - countedMs),
      mails.map(({ mailbox }) => mailbox),
      mails.flatMap(({ sessionId }) => sessionId ?? []),
      mails.flatMap(({ network }) => network ?? []),
      mails.some(({ unattended }) => unattended),
      new Date(now.getTime() - countedNamedMs),
    ]);
    return new UnprovenMails(planned, situation, config.limitsFactor, now);
  }

  /** Whether the conversation's replies may be sent to its address now; null if the address is proven. */
  admit(conversation: ConversationFacts): Admission | null {
    const mail = unprovenMailOf(conversation, this.situation, this.now);
    return mail === null ? null : admitMail(mail, this.#planned, this.factor, this.now);
  }

  /** Counts a delivery that is planned for the conversation. Returns what `recordUnprovenMails` stores; null if the address is proven. */
  count(conversation: ConversationFacts): PlannedMail | null {
    const mail = unprovenMailOf(conversation, this.situation, this.now);
    if (mail === null) return null;
    const { first } = admitMail(mail, this.#planned, this.factor, this.now);
    const counted = { ...mail, first, plannedAt: this.now };
    this.#planned.push(counted);
    return counted;
  }
}

/** Stores what was counted, in the transaction that writes the deliveries. */
export async function recordUnprovenMails(
  transaction: Transaction,
  mails: readonly (PlannedMail & { readonly deliveryId: string })[],
): Promise<void> {
  if (mails.length === 0) return;
  const rows = mails.map((mail) => ({
    delivery_id: mail.deliveryId,
    visitor_id: mail.visitorId,
    mailbox: mail.mailbox,
    first: mail.first,
    session_id: mail.sessionId,
    network: mail.network,
    unattended: mail.unattended,
    planned_at: mail.plannedAt.toISOString(),
  }));
  await transaction.query(insertStatement, [JSON.stringify(rows)]);
}

/** Deletes what counts towards no limit any more. */
export async function removeCountedMails({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Services["clock"];
}): Promise<void> {
  await database.query(removeStatement, [new Date(clock.now().getTime() - countedMs)]);
}

function unprovenMailOf(
  conversation: ConversationFacts,
  situation: ForwardingSituation,
  now: Date,
): UnprovenMail | null {
  const chosen = chosenAddress(conversation, situation);
  if (chosen === null || typeof chosen.address !== "string" || !isUnproven(conversation, chosen)) return null;
  const { visitorId, typedInSessionId, typedFromNetwork, typingSessionBeganAt, personAnswered } = conversation;
  const isNewSession = typingSessionBeganAt === null || typingSessionBeganAt.getTime() > now.getTime() - dayMs;
  return {
    visitorId,
    mailbox: mailboxOf(chosen.address),
    sessionId: typedInSessionId,
    network: typedFromNetwork,
    unattended: isNewSession && !personAnswered,
  };
}

const lockStatement: Statement = {
  name: "lock-unproven-mails",
  text: "SELECT pg_advisory_xact_lock(hashtextextended('unproven-mails', 0))",
};

// Each part reads an index of its own. UNION drops what several parts find.
const plannedStatement: Statement = {
  name: "planned-unproven-mails",
  text: `
    SELECT * FROM unproven_mails WHERE mailbox = ANY ($2::text[]) AND planned_at > $1
    UNION SELECT * FROM unproven_mails WHERE session_id = ANY ($3::uuid[]) AND first AND planned_at > $6
    UNION SELECT * FROM unproven_mails WHERE network = ANY ($4::text[]) AND first AND planned_at > $6
    UNION SELECT * FROM unproven_mails WHERE $5::boolean AND unattended AND first AND planned_at > $6`,
};

const insertStatement: Statement = {
  name: "record-unproven-mails",
  text: `
    INSERT INTO unproven_mails (delivery_id, visitor_id, mailbox, first, session_id, network, unattended, planned_at)
    SELECT delivery_id, visitor_id, mailbox, first, session_id, network, unattended, planned_at
    FROM jsonb_to_recordset($1::jsonb) AS mail (delivery_id uuid, visitor_id uuid, mailbox text, first boolean,
      session_id uuid, network text, unattended boolean, planned_at timestamptz)`,
};

const removeStatement: Statement = {
  name: "remove-counted-unproven-mails",
  text: "DELETE FROM unproven_mails WHERE planned_at <= $1",
};
