import type { Acceptance, Outbound } from "afterchat/channel";
import { z } from "zod";

/** What is stored of an accepted email for later ones of its conversation. */
const threadData = z.object({
  subject: z.string(),
  root: z.string(),
  sentAt: z.iso.datetime().transform((at) => new Date(at)),
});
export type ThreadData = { readonly subject: string; readonly root: string; readonly sentAt: string };

const MAX_REFERENCES = 10;
const MESSAGE_ID = /^<[^<>\s]+>$/;

export interface Threading {
  readonly inReplyTo: string | null;
  /** The conversation's root and the last 10 emails, oldest first. nodemailer does not shorten the list. */
  readonly references: readonly string[];
  /** The subject of the conversation's first email, without "Re:"; `null` for the first. */
  readonly subject: string | null;
  readonly root: string;
}

/**
 * An email's position in its thread. `root` is the synthetic first message of the thread; root and subject of an
 * earlier email take precedence, so that a rotated secret, a renamed company or another time zone does not break the
 * thread.
 */
export function computeThreading(outbound: Pick<Outbound, "thread" | "lastInbound">, root: string): Threading {
  const sent = outbound.thread.flatMap((acceptance) => {
    const messageId = idAsReceived(acceptance);
    const { data } = threadData.safeParse(acceptance.thread);
    return messageId === null ? [] : [{ messageId, at: data?.sentAt ?? new Date(0), data }];
  });
  const inbound = outbound.lastInbound;
  const received =
    inbound && MESSAGE_ID.test(inbound.externalId) ? [{ messageId: inbound.externalId, at: inbound.at }] : [];
  const mails = [...sent, ...received].sort((a, b) => a.at.getTime() - b.at.getTime());
  const first = sent.find((mail) => mail.data)?.data;
  const threadRoot = first?.root ?? root;
  return {
    inReplyTo: mails.at(-1)?.messageId ?? null,
    references: [threadRoot, ...mails.slice(-MAX_REFERENCES).map((mail) => mail.messageId)],
    subject: first?.subject ?? null,
    root: threadRoot,
  };
}

/** Some providers replace the Message-ID with their own: then it is the last external id, and replies refer to it. */
function idAsReceived(acceptance: Acceptance): string | null {
  const messageId = acceptance.externalIds.at(-1);
  return messageId !== undefined && MESSAGE_ID.test(messageId) ? messageId : null;
}
