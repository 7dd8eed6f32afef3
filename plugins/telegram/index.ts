import type { ChannelPlugin } from "afterchat/channel";
import { z } from "zod";
import { connect } from "./connect.js";
import { maxTextLength } from "./plan-parts.js";
import { readTelegramSettings, type TelegramConfig, telegramSettings } from "./settings.js";

/** Telegram, through a bot that visitors write to (https://core.telegram.org/bots/api). */
export const telegramChannel: ChannelPlugin<TelegramConfig, string> = {
  id: "telegram",
  name: "Telegram",
  policy: "immediate",
  supports: {
    replies: true,
    receipts: false,
    idempotentSend: false,
    maxTextLength,
    replyWindowHours: null,
  },
  // The id of a private chat, which equals its user's id: at most 52 bits.
  address: z.string().regex(/^[1-9]\d{0,15}$/, "must be the id of a private chat"),
  settings: telegramSettings,
  configure: readTelegramSettings,
  describeAddress: () => "Telegram",
  connect,
};

export default telegramChannel;
