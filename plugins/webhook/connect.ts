import { type ChannelConnection, type ChannelHealth, type ChannelHost, requestJson } from "afterchat/channel";
import { deliver } from "./deliver.js";
import type { WebhookConfig } from "./settings.js";
import { takeEvent } from "./take-event.js";

export async function connect(config: WebhookConfig, host: ChannelHost): Promise<ChannelConnection<string>> {
  return {
    deliver: (outbound, signal) => deliver(config, host, outbound, signal),
    handleWebhook: (request) => takeEvent(config.secret, host, request),
    checkHealth: (signal) => checkHealth(config.url, signal),
    close: async () => {},
    startNotes: [`posts to ${config.url.host}; answers to ${new URL("webhooks/webhook", slashed(host.publicUrl))}`],
  };
}

/**
 * Whether anybody listens. What they say to a GET means nothing: most tools take posts only, and answer anything else with
 * whatever comes to their mind.
 */
async function checkHealth(url: URL, signal: AbortSignal): Promise<ChannelHealth> {
  const answer = await requestJson({ url: new URL("/", url), signal });
  return answer.outcome === "answered" ? { ok: true } : { ok: false, failure: answer.failure };
}

function slashed(url: URL): string {
  return url.href.replace(/\/?$/, "/");
}
