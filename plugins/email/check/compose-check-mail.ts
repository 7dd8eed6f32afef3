import type { ChannelHost, Outbound } from "afterchat/channel";
import { ALL_LINKED } from "../outgoing/attached-files.js";
import { type ComposedMail, composeMail } from "../outgoing/compose-mail.js";
import type { Renderer } from "../outgoing/custom-template.js";
import { renderMail } from "../outgoing/render-mail.js";
import { createReturnAddresses } from "../outgoing/return-addresses.js";
import type { EmailConfig } from "../settings.js";
import { checkSigner } from "./check-store.js";

/** The company that emails are sent for. */
export interface Company {
  readonly name: string;
  /** BCP 47; null: English. */
  readonly locale: string | null;
  /** The page with the chat. */
  readonly website: string;
}

export interface CheckMailOptions {
  readonly config: EmailConfig;
  readonly host: Pick<ChannelHost, "now" | "publicUrl" | "sign">;
  readonly company: Company;
  readonly render: Renderer;
}

/** Why a check email is sent: to be answered by a person, or to come back by itself. */
export type Purpose = "answer" | "loop";

const texts: Readonly<Record<Purpose, string>> = {
  answer: [
    "This is a test email of npm run email:check.",
    "Please answer this email with a few words, as a visitor would: the check is waiting for your answer.",
  ].join("\n\n"),
  loop: "This is a test email of npm run email:check. It should come back by itself.",
};

/** The Reply-To of a check email. */
export function replyAddress({ config, host }: Pick<CheckMailOptions, "config" | "host">, id: string): string {
  return addressesOf(config, host).replyTo(id);
}

/**
 * An email like those to visitors: with the same template, headers and kind of addresses, signed for the check `id`.
 */
export async function composeCheckMail(
  { config, host, company, render }: CheckMailOptions,
  { id, purpose, to }: { readonly id: string; readonly purpose: Purpose; readonly to: string },
): Promise<ComposedMail> {
  const addresses = addressesOf(config, host);
  const now = host.now();
  const outbound: Outbound<string> = {
    deliveryId: id,
    // 80 bits of the signature: unique, and in the format of a delivery's reference.
    reference: checkSigner(host).sign("message", id).slice(-16),
    attempt: 1,
    address: to,
    kind: "unread-replies",
    messages: [
      { role: "pending", author: { kind: "bot", name: null }, text: texts[purpose], sentAt: now, attachments: [] },
    ],
    withholdsVisitor: false,
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
  const options = { replyVia: config.replyVia, unsubscribeUrl: addresses.unsubscribeUrl(id) };
  const rendered = renderMail(outbound, { files: ALL_LINKED, transcript: "never" }, options);
  return composeMail(outbound, rendered, await render(rendered, id), addresses, now);
}

function addressesOf(config: EmailConfig, host: CheckMailOptions["host"]) {
  return createReturnAddresses(config, { ...checkSigner(host), publicUrl: host.publicUrl });
}
