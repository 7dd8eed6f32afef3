import { type Environment, isWebhookSecret, readSettings, webhookSecretAdvice } from "afterchat/channel";
import { z } from "zod";

export interface WebhookConfig {
  /** Where deliveries are posted to. */
  readonly url: URL;
  /** Both directions are signed under it. */
  readonly secret: string;
}

const settings = z.object({
  WEBHOOK_URL: z
    .url({
      protocol: /^https?$/,
      error: "write where deliveries are to be posted, such as https://example.com/replies",
    })
    .refine((text) => !URL.canParse(text) || !new URL(text).username, "leave user and password out: posts are signed")
    .transform((text) => new URL(text)),
  WEBHOOK_SECRET: z.string().refine(isWebhookSecret, webhookSecretAdvice),
});

/** Neither variable set: undefined. @throws {SettingsError} naming every fault */
export function readWebhookSettings(environment: Environment): WebhookConfig | undefined {
  const read = readSettings(settings, environment);
  return read && { url: read.WEBHOOK_URL, secret: read.WEBHOOK_SECRET };
}
