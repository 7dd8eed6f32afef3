import { type Environment, readSettings, settingsOf } from "afterchat/channel";
import { z } from "zod";

export interface TelegramConfig {
  readonly token: string;
  /** Telegram sends it with every webhook request. */
  readonly webhookSecret: string;
  /** Without a trailing slash. */
  readonly apiUrl: string;
}

const settings = z.object({
  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^\d{5,15}:[\w-]{30,60}$/, "write the token that BotFather gave you, such as 123456789:AA…"),
  TELEGRAM_WEBHOOK_SECRET: z
    .string()
    .regex(
      /^[\w-]{16,256}$/,
      "write 16 to 256 letters, digits, _ or -: Telegram sends this with every webhook request",
    ),
  TELEGRAM_API_URL: z
    .url({ protocol: /^https?$/, error: "write the URL of a Bot API server, such as https://api.telegram.org" })
    .default("https://api.telegram.org"),
});

export const telegramSettings = settingsOf(settings);

/**
 * Undefined if none of the variables is set.
 * @throws {SettingsError} naming every fault
 */
export function readTelegramSettings(environment: Environment): TelegramConfig | undefined {
  const values = readSettings(settings, environment);
  return (
    values && {
      token: values.TELEGRAM_BOT_TOKEN,
      webhookSecret: values.TELEGRAM_WEBHOOK_SECRET,
      apiUrl: values.TELEGRAM_API_URL.replace(/\/+$/, ""),
    }
  );
}
