import type { ChannelPlugin } from "afterchat/channel";
import { z } from "zod";
import { connect } from "./connect.js";
import { readWebhookSettings, type WebhookConfig } from "./settings.js";

/**
 * A channel for whatever can take and make HTTP requests, no-code tools for instance: each delivery is posted to the
 * operator's URL, and what visitors write is posted back.
 */
export const webhookChannel: ChannelPlugin<WebhookConfig, string> = {
  id: "webhook",
  name: "Webhook",
  policy: "immediate",
  supports: {
    replies: true,
    receipts: true,
    // By the header webhook-id.
    idempotentSend: true,
    maxTextLength: null,
    replyWindowHours: null,
  },
  // Whatever the other side knows its people by.
  address: z.string().trim().min(1).max(200),
  configure: readWebhookSettings,
  describeAddress: (address) => `${address} by webhook`,
  connect,
};

export default webhookChannel;
