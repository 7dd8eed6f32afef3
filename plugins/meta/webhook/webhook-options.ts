import type { ChannelHost } from "afterchat/channel";
import type { AccessToken } from "../access-token.js";
import type { AskGraph, GraphAnswer } from "../graph-request.js";
import type { Platform } from "../platform.js";
import type { MetaConfig } from "../settings.js";

/** What comes in from Meta is read with this. */
export interface WebhookOptions {
  /** `page` for Messenger, `instagram` for Instagram, through a Page and by Instagram Login alike. */
  readonly object: "page" | "instagram";
  readonly channelName: string;
  /** Every secret that webhooks may be signed with: an app for Instagram Login has one of its own. */
  readonly appSecrets: readonly string[];
  readonly verifyToken: string;
  /** The Page's id, or the Instagram account's, as webhooks name it. */
  readonly accountIds: readonly string[];
  readonly host: ChannelHost;
  /** GET on the Graph API with the channel's token, for profiles. */
  readonly ask: (
    request: { readonly path: string; readonly query: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ) => Promise<GraphAnswer>;
  /** Origins beside Meta's own from which files are fetched: that of META_GRAPH_URL when it is not Meta's. */
  readonly fileOrigins: readonly string[];
}

interface Connected {
  readonly platform: Pick<Platform, "channelName" | "webhookObject">;
  readonly config: Pick<MetaConfig, "accountId" | "webhookSecrets" | "verifyToken" | "graphUrl">;
  readonly host: ChannelHost;
  readonly ask: AskGraph;
  readonly token: Pick<AccessToken, "current">;
}

const metasOwn = ["https://graph.facebook.com", "https://graph.instagram.com"];

/** What a connected channel reads webhooks with. */
export function webhookOptions({ platform, config, host, ask, token }: Connected): WebhookOptions {
  const { origin } = new URL(config.graphUrl);
  return {
    object: platform.webhookObject,
    channelName: platform.channelName,
    appSecrets: config.webhookSecrets,
    verifyToken: config.verifyToken,
    accountIds: [config.accountId],
    host,
    ask: (request, signal) => ask({ ...request, token: token.current() }, signal),
    // A stand-in, or a gateway of the operator's, serves the files as well.
    fileOrigins: metasOwn.includes(origin) ? [] : [origin],
  };
}
