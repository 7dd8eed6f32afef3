import { type ChannelPlugin, type DeliveryResult, SettingsError } from "afterchat/channel";
import { z } from "zod";

/** What the vendor is asked to send. */
export const sendRequest = z.object({
  to: z.string(),
  text: z.string(),
  reference: z.string(),
  attempt: z.number(),
});

/** What the vendor posts to the webhook. */
const webhookBody = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message"),
    id: z.string(),
    from: z.string(),
    text: z.string(),
    name: z.string().optional(),
  }),
  z.object({ type: z.literal("read"), id: z.string(), messageId: z.string() }),
  z.object({ type: z.literal("delivered"), id: z.string(), messageId: z.string() }),
]);

/**
 * The fake immediate channel. Its vendor, FakeImmediateVendor, answers each request with the result to give, so that the
 * test says what happens.
 */
export const channel: ChannelPlugin<{ readonly url: string }, string> = {
  id: "instant",
  name: "Instant",
  policy: "immediate",
  supports: { replies: true, receipts: true, idempotentSend: false, maxTextLength: null, replyWindowHours: 24 },
  address: z.string().min(1).max(100),
  settings: [{ name: "INSTANT_URL", required: true }],

  configure({ INSTANT_URL: url }) {
    if (url === undefined) return undefined;
    if (!URL.canParse(url)) throw new SettingsError([{ variable: "INSTANT_URL", problem: "must be a URL" }]);
    return { url };
  },

  describeAddress: (address) => `@${address} on Instant`,

  async connect({ url }, host) {
    return {
      async deliver({ address, messages, reference, attempt }, signal) {
        const text = messages.map((message) => message.text).join("\n");
        const body = JSON.stringify({ to: address, text, reference, attempt });
        try {
          const response = await fetch(`${url}/messages`, { method: "POST", body, signal });
          return (await response.json()) as DeliveryResult;
        } catch {
          return { outcome: "uncertain", failure: { code: "TIMED_OUT", detail: "The vendor did not answer" } };
        }
      },
      async handleWebhook(request) {
        const event = webhookBody.parse(await request.json());
        const at = host.now();
        const received =
          event.type === "message"
            ? {
                type: event.type,
                externalId: event.id,
                at,
                address: event.from,
                text: event.text,
                ...(event.name === undefined ? {} : { name: event.name }),
              }
            : { type: event.type, externalId: event.id, at, messageId: event.messageId };
        await host.receive([received]);
        return new Response(null, { status: 204 });
      },
      async checkHealth() {
        const response = await fetch(`${url}/health`);
        return response.ok
          ? { ok: true }
          : { ok: false, failure: { code: "CREDENTIALS_INVALID", detail: "The token was refused" } };
      },
      close: async () => {},
    };
  },
};
