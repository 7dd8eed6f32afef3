import type { ChannelPlugin } from "afterchat/channel";
import { z } from "zod";
import { connect } from "./connect.js";
import { readWebhookSettings, type WebhookConfig, webhookSettings } from "./settings.js";

/**
 * A channel for anything that can receive and send HTTP requests, such as no-code tools: each delivery is posted to the
 * operator's URL, and visitors' messages are posted back.
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
  // Any id by which the receiver knows the visitor.
  address: z.string().trim().min(1).max(200),
  settings: webhookSettings,
  configure: readWebhookSettings,
  describeAddress: (address) => `${address} via webhook`,
  connect,
};

export default webhookChannel;
