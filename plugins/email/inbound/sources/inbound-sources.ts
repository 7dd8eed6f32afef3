import type { ChannelConnection, ChannelHost } from "afterchat/channel";
import type { EmailConfig } from "../../settings.js";
import { maxPostBytes, providerWebhooks } from "../providers/provider-webhooks.js";
import type { InboundSource } from "./inbound-source.js";
import type { MailListenerOptions } from "./mail-listener.js";
import { mailWebhook } from "./mail-webhook.js";
import { MemoryBudget } from "./memory-budget.js";
import type { MailboxOptions } from "./watch-imap.js";

/** As many of the largest mails may be coming at once, in one process. */
const mailsAtOnce = 8;

/** All ways by which mail comes in, as the settings have them. */
export interface InboundSources {
  /** What the connection has for webhooks. */
  readonly webhook: Pick<ChannelConnection, "handleWebhook" | "webhooks" | "webhookBodyLimitBytes">;
  readonly notes: readonly string[];
  /** What keeps mail from coming in; null: nothing does. */
  problem(): Promise<string | null>;
  close(): Promise<void>;
}

/** Opens what is set up. One that cannot be opened keeps nobody from sending: it tries again, and shows in the health. */
export async function openInboundSources(config: EmailConfig, host: ChannelHost): Promise<InboundSources> {
  const { inbound } = config;
  const { maxSizeBytes } = inbound;
  const budget = new MemoryBudget(mailsAtOnce * maxSizeBytes);
  const listening = { host, own: config, maxSizeBytes, budget };
  const ways: InboundSource[] = [];
  // Loaded by whom it is set up for: the servers' and clients' packages take half a second of each start.
  if (inbound.smtpListen !== null)
    ways.push(await listen({ ...listening, protocol: "smtp", address: inbound.smtpListen, tls: inbound.tls }));
  if (inbound.lmtpListen !== null)
    ways.push(await listen({ ...listening, protocol: "lmtp", address: inbound.lmtpListen, tls: null }));
  if (inbound.imap !== null) ways.push(await watch({ host, server: inbound.imap, maxSizeBytes }));
  const notes = ways.map((way) => way.note());
  const secret = inbound.webhookSecret;
  const webhooks = providerWebhooks(inbound, host);
  const providers = Object.keys(webhooks);
  const paths = [...(secret === null ? [] : [""]), ...providers.map((path) => `/${path}`)];
  const maxBodyBytes = providers.length === 0 ? maxSizeBytes : maxPostBytes;
  const webhookUrl = host.publicUrl.href.replace(/\/?$/, "/webhooks/email");
  notes.push(...paths.map((path) => `Email is received at ${webhookUrl}${path}`));
  return {
    webhook: {
      ...(secret === null ? {} : { handleWebhook: mailWebhook({ host, secret, maxSizeBytes }) }),
      webhooks,
      ...(paths.length === 0 ? {} : { webhookBodyLimitBytes: maxBodyBytes }),
    },
    notes,
    async problem() {
      const problems = await Promise.all(ways.map((way) => way.problem()));
      return problems.find((problem) => problem !== null) ?? null;
    },
    async close() {
      await Promise.all(ways.map((way) => way.close()));
    },
  };
}

async function listen(options: MailListenerOptions): Promise<InboundSource> {
  const { listenForMail } = await import("./mail-listener.js");
  return await listenForMail(options);
}

async function watch(options: MailboxOptions): Promise<InboundSource> {
  const { watchMailbox } = await import("./watch-imap.js");
  return watchMailbox(options);
}
