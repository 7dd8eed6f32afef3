/** A reply that the API acknowledged, identified by the mark in its text. */
export interface WrittenReply {
  readonly mark: string;
  readonly acknowledgedAtMs: number;
}

/** A mail that the SMTP server received completely, whether or not its sender read the response. */
export interface ArrivedMail {
  readonly messageId: string;
  readonly recipient: string;
  readonly marks: readonly string[];
  readonly atMs: number;
}

export interface Comparison {
  /** Descriptions of broken guarantees. */
  readonly violations: readonly string[];
  readonly messageIds: number;
  /** Further mails with the same Message-ID: they cannot be excluded, and mail programs recognise them. */
  readonly repeatedMails: number;
  /** The longest time from a reply's acknowledgement to the first mail with it. */
  readonly maxWaitMs: number;
}

const markPattern = /\breply-\d+\b/g;

export function markOf(index: number): string {
  return `reply-${index}`;
}

export function readMarks(text: string): string[] {
  return [...new Set(text.match(markPattern) ?? [])].sort();
}

/**
 * Compares what was written with what arrived: every reply in a mail, none under two Message-IDs, and each Message-ID
 * always with the same replies to the same recipient. Mails must contain only pending replies: context would count as sent.
 */
export function compare(written: readonly WrittenReply[], arrived: readonly ArrivedMail[]): Comparison {
  const violations: string[] = [];
  const mails = Map.groupBy(arrived, (mail) => mail.messageId);
  for (const [messageId, [first, ...repeated]] of mails) {
    for (const mail of repeated) {
      const same = mail.recipient === first?.recipient && mail.marks.join() === first.marks.join();
      if (!same) violations.push(`${messageId} arrived with ${contentOf(first)} and again with ${contentOf(mail)}`);
    }
  }

  const carriers = new Map<string, Set<string>>();
  const firstAtMs = new Map<string, number>();
  for (const mail of arrived) {
    for (const mark of mail.marks) {
      carriers.set(mark, (carriers.get(mark) ?? new Set()).add(mail.messageId));
      firstAtMs.set(mark, Math.min(firstAtMs.get(mark) ?? mail.atMs, mail.atMs));
    }
  }
  let maxWaitMs = 0;
  for (const { mark, acknowledgedAtMs } of written) {
    const atMs = firstAtMs.get(mark);
    if (atMs === undefined) violations.push(`${mark} never arrived`);
    else maxWaitMs = Math.max(maxWaitMs, atMs - acknowledgedAtMs);
  }
  const known = new Set(written.map((reply) => reply.mark));
  for (const [mark, messageIds] of carriers) {
    if (messageIds.size > 1) violations.push(`${mark} was sent under ${[...messageIds].join(" and ")}`);
    if (!known.has(mark)) violations.push(`${mark} arrived, but was never written`);
  }
  return { violations, messageIds: mails.size, repeatedMails: arrived.length - mails.size, maxWaitMs };
}

function contentOf(mail: ArrivedMail | undefined): string {
  return `${mail?.marks.join(", ") || "nothing"} to ${mail?.recipient}`;
}
