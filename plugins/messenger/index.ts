import type { ChannelPlugin } from "afterchat/channel";
import { describeMetaAddress, type MetaAddress, metaAddress } from "../meta/address.js";
import { connectMeta } from "../meta/connect.js";
import { messengerPlatform } from "../meta/platform.js";
import { type MetaConfig, messengerVariables, readMessengerSettings } from "../meta/settings.js";

/** Messenger: replies are sent to the visitor's account by the Page to which they wrote. */
export const messengerChannel: ChannelPlugin<MetaConfig, MetaAddress> = {
  id: "messenger",
  name: "Messenger",
  policy: "immediate",
  supports: {
    replies: true,
    receipts: true,
    // The Send API has no idempotency key.
    idempotentSend: false,
    maxTextLength: 2_000,
    // For agents; bots have 24 hours. See reply-window.ts.
    replyWindowHours: 168,
  },
  address: metaAddress,
  settings: messengerVariables,
  configure: readMessengerSettings,
  describeAddress: describeMetaAddress("Messenger"),
  connect: (config, host) => connectMeta(messengerPlatform, config, host),
};

export default messengerChannel;
