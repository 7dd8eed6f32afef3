import type { ChannelHost } from "afterchat/channel";
import type { AccessToken } from "../access-token.js";
import type { GraphApi, GraphResponse } from "../graph-api.js";
import type { Platform } from "../platform.js";
import type { MetaConfig } from "../settings.js";

/** Everything needed to handle Meta's webhooks. */
export interface WebhookOptions {
  /** `page` for Messenger, `instagram` for Instagram, both through a Page and with Instagram Login. */
  readonly object: "page" | "instagram";
  readonly channelName: string;
  /** Every secret with which webhooks may be signed: an app for Instagram Login has its own. */
  readonly appSecrets: readonly string[];
  readonly verifyToken: string;
  /** The id of the Page or Instagram account, as in webhooks. */
  readonly accountIds: readonly string[];
  readonly host: ChannelHost;
  /** A GET request to the Graph API with the channel's token. */
  readonly readGraph: (
    request: { readonly path: string; readonly query: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ) => Promise<GraphResponse>;
  /** Origins other than Meta's from which files may be fetched: that of META_GRAPH_URL. */
  readonly fileOrigins: readonly string[];
}

interface ConnectedChannel {
  readonly platform: Pick<Platform, "channelName" | "webhookObject">;
  readonly config: Pick<MetaConfig, "accountId" | "webhookSecrets" | "verifyToken" | "graphUrl">;
  readonly host: ChannelHost;
  readonly graphApi: GraphApi;
  readonly token: Pick<AccessToken, "current">;
}

const metaOrigins = ["https://graph.facebook.com", "https://graph.instagram.com"];

export function webhookOptions({ platform, config, host, graphApi, token }: ConnectedChannel): WebhookOptions {
  const { origin } = new URL(config.graphUrl);
  return {
    object: platform.webhookObject,
    channelName: platform.channelName,
    appSecrets: config.webhookSecrets,
    verifyToken: config.verifyToken,
    accountIds: [config.accountId],
    host,
    readGraph: (request, signal) => graphApi({ ...request, token: token.current() }, signal),
    // A fake Graph API, or an operator's gateway, also serves the files.
    fileOrigins: metaOrigins.includes(origin) ? [] : [origin],
  };
}
