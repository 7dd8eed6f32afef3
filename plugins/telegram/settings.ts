import { type Environment, readSettings } from "afterchat/channel";
import { z } from "zod";

export interface TelegramConfig {
  readonly token: string;
  /** Telegram repeats it with every webhook. */
  readonly webhookSecret: string;
  /** Without a closing slash. */
  readonly apiUrl: string;
}

const settings = z.object({
  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^\d{5,15}:[\w-]{30,60}$/, "write the token that BotFather gave you, such as 123456789:AA…"),
  TELEGRAM_WEBHOOK_SECRET: z
    .string()
    .regex(/^[\w-]{16,256}$/, "write 16 to 256 letters, digits, _ or -: Telegram repeats them with every webhook"),
  TELEGRAM_API_URL: z
    .url({ protocol: /^https?$/, error: "write the address of a Bot API server, such as https://api.telegram.org" })
    .default("https://api.telegram.org"),
});

/** No token and no secret: undefined. @throws {SettingsError} naming every fault */
export function readTelegramSettings(environment: Environment): TelegramConfig | undefined {
  const read = readSettings(settings, environment);
  return (
    read && {
      token: read.TELEGRAM_BOT_TOKEN,
      webhookSecret: read.TELEGRAM_WEBHOOK_SECRET,
      apiUrl: read.TELEGRAM_API_URL.replace(/\/+$/, ""),
    }
  );
}
