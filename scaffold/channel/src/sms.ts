import {
  type ChannelPlugin,
  classifyHealth,
  classifyStatus,
  isSignedWebhook,
  isWebhookSecret,
  readSettings,
  requestJson,
  sendParts,
  settingsOf,
  splitText,
  webhookSecretAdvice,
} from "afterchat/channel";
import { z } from "zod";

const settings = z.object({
  SMS_API_URL: z.url("write where the vendor's API is, such as https://api.example.com/v1"),
  SMS_API_TOKEN: z.string().min(8, "write the token that the vendor gave you"),
  SMS_WEBHOOK_SECRET: z.string().refine(isWebhookSecret, webhookSecretAdvice),
});

/** What the vendor answers, and what it posts to /webhooks/sms. */
const sent = z.object({ id: z.string() });
const written = z.object({ id: z.string().min(1), from: z.string().min(1), text: z.string(), at: z.iso.datetime() });

export const smsChannel: ChannelPlugin<z.infer<typeof settings>, string> = {
  id: "sms",
  name: "SMS",
  policy: "immediate",
  supports: { replies: true, receipts: false, idempotentSend: false, maxTextLength: 1_600, replyWindowHours: null },
  address: z
    .string()
    .trim()
    .regex(/^\+[1-9]\d{6,14}$/, "write the number as +351912345678"),
  settings: settingsOf(settings),
  configure: (environment) => readSettings(settings, environment),
  describeAddress: (number) => number,

  async connect({ SMS_API_URL: url, SMS_API_TOKEN: token, SMS_WEBHOOK_SECRET: secret }, host) {
    const headers = { authorization: `Bearer ${token}` };
    const at = (path: string) => new URL(`${url.replace(/\/$/, "")}/${path}`);
    return {
      async deliver(outbound, signal) {
        const texts = outbound.messages
          .filter(({ role }) => role === "pending")
          .map(({ text, attachments }) => [text, ...attachments.map((file) => `${file.name}: ${file.url}`)].join("\n"))
          .flatMap((text) => splitText(text, 1_600));
        const parts = texts.map((text) => ({ key: text, text }));
        return sendParts(outbound, parts, signal, async ({ text }) => {
          const body = { to: outbound.address, text };
          const answer = await requestJson({ url: at("messages"), body, headers, signal });
          if (answer.outcome !== "answered") return answer;
          if (answer.status === 404) {
            return { outcome: "rejected", failure: { code: "ADDRESS_INVALID", detail: "The number does not exist" } };
          }
          const refusal = classifyStatus(answer, host.now());
          return refusal ?? { outcome: "accepted", externalId: sent.parse(answer.body).id };
        });
      },

      async handleWebhook(request) {
        const body = new Uint8Array(await request.arrayBuffer());
        if (!isSignedWebhook(secret, request.headers, body, host.now()))
          return new Response("The signature is missing, wrong or old", { status: 403 });
        const message = written.safeParse(await new Response(body).json().catch(() => null));
        if (!message.success) return new Response(z.prettifyError(message.error), { status: 400 });
        const { id, from, text, at } = message.data;
        // When this rejects, Afterchat answers 500, so that the vendor sends it again.
        await host.receive([{ type: "message", externalId: id, at: new Date(at), address: from, text }]);
        return new Response(null, { status: 204 });
      },

      checkHealth: async (signal) =>
        classifyHealth(await requestJson({ url: at("account"), headers, signal }), host.now()),
      close: async () => {},
    };
  },
};
export default smsChannel;
