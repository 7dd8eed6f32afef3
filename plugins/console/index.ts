import { type ChannelPlugin, SettingsError } from "afterchat/channel";
import { z } from "zod";

/** The smallest channel: it prints deliveries. A starting point for your own; see docs/write-a-channel.md. */
export const consoleChannel: ChannelPlugin<{ readonly printing: true }, string> = {
  id: "console",
  name: "Console",
  policy: "when-away",
  supports: { replies: false, receipts: false, idempotentSend: false, maxTextLength: null, replyWindowHours: null },
  address: z.string().trim().min(1).max(200),
  settings: [{ name: "CONSOLE_CHANNEL", required: true }],

  configure({ CONSOLE_CHANNEL: setting }) {
    if (!setting) return undefined;
    if (setting === "on") return { printing: true };
    throw new SettingsError([{ variable: "CONSOLE_CHANNEL", problem: 'set it to "on", or leave it unset' }]);
  },

  describeAddress: (address) => `${address} on the console`,

  async connect(_config, host) {
    return {
      async deliver(outbound, signal) {
        if (signal.aborted) {
          return { outcome: "retry", failure: { code: "TIMED_OUT", detail: "Stopped before anything was printed" } };
        }
        host.logger.info(`Delivery to ${outbound.address}`, {
          reference: outbound.reference,
          messages: outbound.messages.map(({ role, author, text, attachments }) => ({
            role,
            author: author.name ?? author.kind,
            text,
            attachments: attachments.map(({ name, sizeBytes, url }) => ({ name, sizeBytes, url })),
          })),
          earlierMessages: outbound.earlierMessages,
          link: outbound.links.conversation,
        });
        return { outcome: "accepted", externalIds: [outbound.reference] };
      },
      checkHealth: async () => ({ ok: true }),
      close: async () => {},
    };
  },
};

export default consoleChannel;
