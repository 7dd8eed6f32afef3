import type { ChannelHost, Outbound } from "afterchat/channel";
import { ALL_LINKED } from "../outgoing/attached-files.js";
import { type ComposedMail, composeMail } from "../outgoing/compose-mail.js";
import type { Renderer } from "../outgoing/custom-template.js";
import { writeMail } from "../outgoing/render-mail.js";
import { returnAddresses } from "../outgoing/return-addresses.js";
import type { EmailConfig } from "../settings.js";
import { checkSigner } from "./check-store.js";

/** What stands in every mail of this Afterchat. */
export interface Company {
  readonly name: string;
  /** BCP 47; null: English. */
  readonly locale: string | null;
  /** The page with the chat. */
  readonly website: string;
}

export interface WritingChecks {
  readonly config: EmailConfig;
  readonly host: Pick<ChannelHost, "now" | "publicUrl" | "sign">;
  readonly company: Company;
  readonly makeBody: Renderer;
}

/** Why a check's mail is sent: to be answered by a person, or to come back by itself. */
export type Purpose = "answer" | "loop";

const words: Readonly<Record<Purpose, string>> = {
  answer: [
    "Afterchat checks how its email is set up (npm run email:check).",
    "Please answer this email with a few words, as a visitor would: the check waits for it, and says what became of it.",
  ].join("\n\n"),
  loop: "Afterchat checks how its email is set up (npm run email:check): this email should come back by itself.",
};

/** Where answers to a check's mail go: its Reply-To. */
export function replyAddress({ config, host }: Pick<WritingChecks, "config" | "host">, id: string): string {
  return addressesOf(config, host).reply(id);
}

/** A mail like those to visitors: the same template, headers and addresses, the latter signed for the check `id`. */
export async function composeCheckMail(
  { config, host, company, makeBody }: WritingChecks,
  { id, purpose, to }: { readonly id: string; readonly purpose: Purpose; readonly to: string },
): Promise<ComposedMail> {
  const addresses = addressesOf(config, host);
  const now = host.now();
  const outbound: Outbound<string> = {
    deliveryId: id,
    // 80 bits of the signature: the same form as a delivery's, and nobody else's.
    reference: checkSigner(host).sign("message", id).slice(-16),
    attempt: 1,
    address: to,
    kind: "unread-replies",
    messages: [
      { role: "pending", author: { kind: "bot", name: null }, text: words[purpose], sentAt: now, attachments: [] },
    ],
    earlierMessages: 0,
    conversation: { id, startedAt: now },
    visitor: { id, name: null, locale: null, timeZone: null },
    company: { name: company.name, locale: company.locale },
    links: { conversation: company.website },
    thread: [],
    lastInbound: null,
    progress: null,
    saveProgress: async () => undefined,
  };
  const writing = { answering: config.answering, optOutLink: addresses.optOut(id) };
  const written = writeMail(outbound, { files: ALL_LINKED, transcript: "never" }, writing);
  return composeMail(outbound, written, await makeBody(written, id), addresses, now);
}

function addressesOf(config: EmailConfig, host: WritingChecks["host"]) {
  return returnAddresses(config, { ...checkSigner(host), publicUrl: host.publicUrl });
}
