import { channelContract, everyBehaviour } from "afterchat/channel-contract";
import { telegramChannel } from "../../../plugins/telegram/index.js";
import { FakeTelegram, telegramMessage, telegramUpdate, token, webhookSecret } from "../../support/fakes/telegram.js";

const good = { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: webhookSecret };
const chatId = 4711;

channelContract(telegramChannel, {
  environment: good,
  unconfiguredEnvironment: {},
  badEnvironments: [
    {
      environment: {
        TELEGRAM_BOT_TOKEN: "hunter2-token",
        TELEGRAM_WEBHOOK_SECRET: "hunter2 short",
        TELEGRAM_API_URL: "ftp://hunter2.example.com",
      },
      variables: ["TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_API_URL"],
    },
    { environment: { TELEGRAM_BOT_TOKEN: token }, variables: ["TELEGRAM_WEBHOOK_SECRET"] },
  ],
  goodAddresses: [String(chatId), "4503599627370495"],
  badAddresses: ["", "0", "-1001234567890", "@channel", "12345678901234567", 4711, null],
  secrets: ["hunter2"],
  behaviours: everyBehaviour,
  start: async (host) => {
    const vendor = await FakeTelegram.start();
    const ids = new Map<string, number>();
    const numberOf = (id: string) => {
      ids.set(id, ids.get(id) ?? ids.size + 1);
      return ids.get(id) ?? 0;
    };
    return {
      environment: vendor.environment,
      received: async () => vendor.sent.map(({ text, messageId }) => ({ text, messageId: `${chatId}/${messageId}` })),
      contentReceived: () => vendor.contentReceived(),
      behave: (behaviour) => vendor.behave(behaviour),
      inbound: {
        message: ({ id, text }) =>
          telegramUpdate(new URL("webhooks/telegram", host.publicUrl), {
            message: telegramMessage(chatId, numberOf(id), host.now(), { text }),
          }),
      },
      stop: () => vendor.stop(),
    };
  },
});
