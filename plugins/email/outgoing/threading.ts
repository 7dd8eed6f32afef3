import type { Acceptance, Outbound } from "afterchat/channel";
import { z } from "zod";

/** What an accepted mail leaves for later ones of its conversation. */
const threadOfMail = z.object({
  subject: z.string(),
  root: z.string(),
  sentAt: z.iso.datetime().transform((at) => new Date(at)),
});
export type ThreadOfMail = { readonly subject: string; readonly root: string; readonly sentAt: string };

const MAX_REFERENCES = 10;
const MESSAGE_ID = /^<[^<>\s]+>$/;

export interface Threading {
  readonly inReplyTo: string | null;
  /** The conversation's root and the last 10 mails, oldest first. nodemailer never shortens the list. */
  readonly references: readonly string[];
  /** The subject that the conversation's first mail had, without "Re:"; `null` in the first. */
  readonly subject: string | null;
  readonly root: string;
}

/**
 * Where the mail stands in its conversation. `root` is the synthetic first message of the thread; an earlier mail's own
 * root and subject win, so that a rotated secret, a renamed company or a visitor who travels does not break the thread.
 */
export function threadOf(outbound: Pick<Outbound, "thread" | "lastInbound">, root: string): Threading {
  const sent = outbound.thread.flatMap((acceptance) => {
    const messageId = idAsReceived(acceptance);
    const { data } = threadOfMail.safeParse(acceptance.thread);
    return messageId === null ? [] : [{ messageId, at: data?.sentAt ?? new Date(0), data }];
  });
  const inbound = outbound.lastInbound;
  const received =
    inbound && MESSAGE_ID.test(inbound.externalId) ? [{ messageId: inbound.externalId, at: inbound.at }] : [];
  const mails = [...sent, ...received].sort((one, other) => one.at.getTime() - other.at.getTime());
  const first = sent.find((mail) => mail.data)?.data;
  const threadRoot = first?.root ?? root;
  return {
    inReplyTo: mails.at(-1)?.messageId ?? null,
    references: [threadRoot, ...mails.slice(-MAX_REFERENCES).map((mail) => mail.messageId)],
    subject: first?.subject ?? null,
    root: threadRoot,
  };
}

/** Some providers put a Message-ID of their own in place of ours: then it is the last external id, and what replies name. */
function idAsReceived(acceptance: Acceptance): string | null {
  const messageId = acceptance.externalIds.at(-1);
  return messageId !== undefined && MESSAGE_ID.test(messageId) ? messageId : null;
}
