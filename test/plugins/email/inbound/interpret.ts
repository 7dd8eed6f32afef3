import type { InboundMessage, Interpretation } from "afterchat/channel";
import { createTestHost, sampleOriginal, type TestHost } from "afterchat/channel-contract";
import { type Resolve } from "../../../../plugins/email/inbound/authentication/authenticate-sender.js";
import type { InboundEnvelope } from "../../../../plugins/email/inbound/envelope.js";
import { interpretMail } from "../../../../plugins/email/inbound/interpret-mail.js";
import { type MailReader, readerInThisThread } from "../../../../plugins/email/inbound/reading/mail-reader.js";

export const conversationId = "0190a000-0000-7000-8000-000000000001";
export const deliveryId = "0190a000-0000-7000-8000-000000000002";
export const reference = "abcdefghijklmnop";
/** The Message-ID of the email that is answered. */
export const sentMessageId = `<${reference}@company.example>`;
export const ownAddress = "chat@company.example";

export interface InterpretOptions {
  readonly envelope?: Partial<InboundEnvelope> | null;
  readonly authservId?: string | null;
  readonly replyDomain?: string | null;
  readonly resolve?: Resolve;
  readonly host?: TestHost;
  readonly signal?: AbortSignal;
  readonly reader?: MailReader;
}

/** A resolver without a network. */
const noDns: Resolve = async () => {
  throw Object.assign(new Error("queryTxt ECONNREFUSED"), { code: "ECONNREFUSED" });
};

/** A host with one conversation, in which one email was sent. */
export function hostWithConversation(more: { readonly erased?: boolean } = {}): TestHost {
  const host = createTestHost();
  host.addConversation({
    id: conversationId,
    ...more,
    deliveries: [{ id: deliveryId, reference, externalIds: [sentMessageId] }],
  });
  // The test host can verify only tokens that it has signed.
  tokens(host);
  return host;
}

/** The tokens signed for the conversation, and for the email. */
export function tokens(host: TestHost): { readonly reply: string; readonly bounce: string; readonly thread: string } {
  return {
    reply: host.sign("reply", conversationId),
    bounce: host.sign("bounce", deliveryId),
    thread: host.sign("thread", conversationId),
  };
}

/** Interprets a raw mail as the email channel does. */
export async function interpret(raw: string | Uint8Array, options: InterpretOptions = {}): Promise<Interpretation> {
  const host = options.host ?? hostWithConversation();
  const envelope = {
    ...{
      via: "smtp",
      from: "ana@home.example",
      to: [],
      remoteAddress: null,
      helo: null,
      arrivedAt: null,
      providerId: null,
    },
    ...options.envelope,
  };
  const original = sampleOriginal({
    key: "the-key",
    content: typeof raw === "string" ? Buffer.from(raw) : raw,
    envelope: options.envelope === null ? null : envelope,
  });
  return interpretMail(
    {
      host,
      from: ownAddress,
      replyDomain: options.replyDomain ?? null,
      authservId: options.authservId ?? null,
      resolve: options.resolve ?? noDns,
      reader: options.reader ?? readerInThisThread,
    },
    original,
    options.signal ?? new AbortController().signal,
  );
}

/** The message that an email is interpreted as. */
export async function messageOf(raw: string | Uint8Array, options: InterpretOptions = {}): Promise<InboundMessage> {
  const interpretation = await interpret(raw, options);
  const [event, ...others] = interpretation.outcome === "events" ? interpretation.events : [];
  if (event?.type !== "message" || others.length > 0) {
    throw new Error(`Not interpreted as a message: ${JSON.stringify(interpretation)}`);
  }
  return event;
}

/** An email with the given lines. Header fields default to those of Ana's answer; `null` omits a field. */
export function mail(fields: Readonly<Record<string, string | null>>, ...lines: readonly string[]): string {
  const all: Record<string, string | null> = {
    From: "Ana <ana@home.example>",
    To: ownAddress,
    Subject: "Re: Your chat",
    "Message-ID": "<answer@home.example>",
    "In-Reply-To": sentMessageId,
    ...fields,
  };
  const header = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return [...header, "", ...lines].join("\r\n");
}

/** A multipart body and its Content-Type. A part consists of header lines, an empty line and content. */
export function multipart(
  type: string,
  ...parts: readonly (readonly string[])[]
): { readonly type: string; readonly lines: readonly string[] } {
  const boundary = `b-${type.replace(/\W/g, "")}-${parts.length}`;
  const lines = parts.flatMap((part) => [`--${boundary}`, ...part]);
  const [kind, ...parameters] = type.split(";");
  const given = parameters.map((parameter) => `;${parameter}`).join("");
  return { type: `multipart/${kind}; boundary="${boundary}"${given}`, lines: [...lines, `--${boundary}--`, ""] };
}
