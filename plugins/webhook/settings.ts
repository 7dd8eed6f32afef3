import { type Environment, isWebhookSecret, readSettings, settingsOf, webhookSecretAdvice } from "afterchat/channel";
import { z } from "zod";

export interface WebhookConfig {
  /** Deliveries are posted to this URL. */
  readonly url: URL;
  /** Signs requests in both directions. */
  readonly secret: string;
}

const settings = z.object({
  WEBHOOK_URL: z
    .url({
      protocol: /^https?$/,
      error: "write the URL to which deliveries are posted, such as https://example.com/replies",
    })
    .refine(
      (text) => !URL.canParse(text) || !new URL(text).username,
      "leave out the user and password: requests are signed instead",
    )
    .transform((text) => new URL(text)),
  WEBHOOK_SECRET: z.string().refine(isWebhookSecret, webhookSecretAdvice),
});

export const webhookSettings = settingsOf(settings);

/**
 * Undefined if neither variable is set.
 * @throws {SettingsError} naming every fault
 */
export function readWebhookSettings(environment: Environment): WebhookConfig | undefined {
  const values = readSettings(settings, environment);
  return values && { url: values.WEBHOOK_URL, secret: values.WEBHOOK_SECRET };
}
