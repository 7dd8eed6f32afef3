import { type ChannelConnection, type ChannelHealth, type ChannelHost, requestJson } from "afterchat/channel";
import { deliver } from "./deliver.js";
import { handleEvent } from "./handle-event.js";
import type { WebhookConfig } from "./settings.js";

export async function connect(config: WebhookConfig, host: ChannelHost): Promise<ChannelConnection<string>> {
  return {
    deliver: (outbound, signal) => deliver(config, host, outbound, signal),
    handleWebhook: (request) => handleEvent(config.secret, host, request),
    checkHealth: (signal) => checkHealth(config.url, signal),
    close: async () => {},
    startNotes: [
      `sends to ${config.url.host}; receives at ${new URL("webhooks/webhook", withTrailingSlash(host.publicUrl))}`,
    ],
  };
}

/**
 * Whether a server listens. The status is ignored: most tools only accept POST requests, and respond to a GET with any
 * status.
 */
async function checkHealth(url: URL, signal: AbortSignal): Promise<ChannelHealth> {
  const response = await requestJson({ url: new URL("/", url), signal });
  return response.outcome === "answered" ? { ok: true } : { ok: false, failure: response.failure };
}

function withTrailingSlash(url: URL): string {
  return url.href.replace(/\/?$/, "/");
}
