import type { ChannelPlugin } from "afterchat/channel";
import { describeMetaAddress, type MetaAddress, metaAddress } from "../meta/address.js";
import { connectMeta } from "../meta/connect.js";
import { instagramPlatform } from "../meta/platform.js";
import { type MetaConfig, readInstagramSettings } from "../meta/settings.js";

/** Instagram: replies are pushed to the visitor's account, through a Page or by Instagram Login. */
export const instagramChannel: ChannelPlugin<MetaConfig, MetaAddress> = {
  id: "instagram",
  name: "Instagram",
  policy: "immediate",
  supports: {
    replies: true,
    // Seen, but never that it arrived.
    receipts: true,
    idempotentSend: false,
    // Bytes of UTF-8, to be exact.
    maxTextLength: 1_000,
    replyWindowHours: 168,
  },
  address: metaAddress,
  configure: readInstagramSettings,
  describeAddress: describeMetaAddress("Instagram"),
  connect: (config, host) => connectMeta(instagramPlatform, config, host),
};

export default instagramChannel;
