import type { ChannelPlugin } from "afterchat/channel";
import { describeMetaAddress, type MetaAddress, metaAddress } from "../meta/address.js";
import { connectMeta } from "../meta/connect.js";
import { instagramPlatform } from "../meta/platform.js";
import { instagramVariables, type MetaConfig, readInstagramSettings } from "../meta/settings.js";

/** Instagram: replies are sent to the visitor's account, through a Page or with Instagram Login. */
export const instagramChannel: ChannelPlugin<MetaConfig, MetaAddress> = {
  id: "instagram",
  name: "Instagram",
  policy: "immediate",
  supports: {
    replies: true,
    // Read receipts only, no delivery receipts.
    receipts: true,
    idempotentSend: false,
    // UTF-8 bytes, in fact.
    maxTextLength: 1_000,
    // For agents; bots have 24 hours. See reply-window.ts.
    replyWindowHours: 168,
  },
  address: metaAddress,
  settings: instagramVariables,
  configure: readInstagramSettings,
  describeAddress: describeMetaAddress("Instagram"),
  connect: (config, host) => connectMeta(instagramPlatform, config, host),
};

export default instagramChannel;
