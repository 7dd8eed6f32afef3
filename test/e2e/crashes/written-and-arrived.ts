/** A reply that the API has acknowledged, known by the mark in its text. */
export interface WrittenReply {
  readonly mark: string;
  readonly acknowledgedAtMs: number;
}

/** A mail that the SMTP server has taken: when it came whole, whether or not its sender lived to hear so. */
export interface ArrivedMail {
  readonly messageId: string;
  readonly recipient: string;
  readonly marks: readonly string[];
  readonly atMs: number;
}

export interface Comparison {
  /** Each is a promise broken, in words. */
  readonly violations: readonly string[];
  readonly messageIds: number;
  /** Mails beyond the first with the same Message-ID: what nobody can exclude, and mail programs recognise. */
  readonly repeatedMails: number;
  /** From the acknowledgement to the first mail with it, of the reply that waited longest. */
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
 * Holds what was written against what arrived: every reply in a mail, none under two Message-IDs, and each Message-ID
 * always with the same replies to the same recipient. Mails must carry pending replies only: context counts as carried.
 */
export function compare(written: readonly WrittenReply[], arrived: readonly ArrivedMail[]): Comparison {
  const violations: string[] = [];
  const mails = Map.groupBy(arrived, (mail) => mail.messageId);
  for (const [messageId, [first, ...repeated]] of mails) {
    for (const mail of repeated) {
      const same = mail.recipient === first?.recipient && mail.marks.join() === first.marks.join();
      if (!same) violations.push(`${messageId} came with ${contentOf(first)} and again with ${contentOf(mail)}`);
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
    if (messageIds.size > 1) violations.push(`${mark} travelled under ${[...messageIds].join(" and ")}`);
    if (!known.has(mark)) violations.push(`${mark} arrived, but nobody wrote it`);
  }
  return { violations, messageIds: mails.size, repeatedMails: arrived.length - mails.size, maxWaitMs };
}

function contentOf(mail: ArrivedMail | undefined): string {
  return `${mail?.marks.join(", ") || "nothing"} to ${mail?.recipient}`;
}
