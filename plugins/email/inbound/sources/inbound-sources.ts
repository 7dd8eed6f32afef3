import { type ChannelConnection, type ChannelHost, concurrencyLimits, MemoryShares } from "afterchat/channel";
import type { EmailConfig } from "../../settings.js";
import { maxPostBytes, providerWebhooks } from "../providers/provider-webhooks.js";
import type { InboundSource } from "./inbound-source.js";
import type { MailListenerOptions } from "./mail-listener.js";
import { mailWebhook } from "./mail-webhook.js";
import type { ImapOptions } from "./watch-imap.js";

/** All configured sources of incoming email. */
export interface InboundSources {
  /** The webhook members of the channel connection. */
  readonly webhook: Pick<ChannelConnection, "handleWebhook" | "webhooks" | "webhookBodyLimitBytes">;
  readonly notes: readonly string[];
  /** Why a source does not receive email; null: all do. */
  problem(): Promise<string | null>;
  close(): Promise<void>;
}

/**
 * Opens the configured sources. One that cannot be opened does not affect sending: it retries, and is reported in the
 * channel's health.
 */
export async function openInboundSources(config: EmailConfig, host: ChannelHost): Promise<InboundSources> {
  const { inbound } = config;
  const { maxSizeBytes } = inbound;
  const memory = new MemoryShares(concurrencyLimits.mailBytes.max);
  const listenOptions = { host, local: config, maxSizeBytes, memory };
  const sources: InboundSource[] = [];
  // Imported on demand, because the packages would add half a second to every start.
  if (inbound.smtpListen !== null)
    sources.push(await listen({ ...listenOptions, protocol: "smtp", address: inbound.smtpListen, tls: inbound.tls }));
  if (inbound.lmtpListen !== null)
    sources.push(await listen({ ...listenOptions, protocol: "lmtp", address: inbound.lmtpListen, tls: null }));
  if (inbound.imap !== null) sources.push(await watch({ host, server: inbound.imap, maxSizeBytes }));
  const notes = sources.map((source) => source.note());
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
      const problems = await Promise.all(sources.map((source) => source.problem()));
      return problems.find((problem) => problem !== null) ?? null;
    },
    async close() {
      await Promise.all(sources.map((source) => source.close()));
    },
  };
}

async function listen(options: MailListenerOptions): Promise<InboundSource> {
  const { listenForMail } = await import("./mail-listener.js");
  return await listenForMail(options);
}

async function watch(options: ImapOptions): Promise<InboundSource> {
  const { watchImap } = await import("./watch-imap.js");
  return watchImap(options);
}
