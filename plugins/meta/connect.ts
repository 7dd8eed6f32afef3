import type { ChannelConnection, ChannelHealth, ChannelHost, Failure } from "afterchat/channel";
import { permanentToken, refreshingToken } from "./access-token.js";
import type { MetaAddress } from "./address.js";
import { checkIdentity, identityFields } from "./check-health.js";
import { deliver, type Sender } from "./deliver.js";
import { appSecretProof, createGraphApi } from "./graph-api.js";
import type { Platform } from "./platform.js";
import { redact } from "./redact.js";
import { createRestriction } from "./restriction.js";
import type { MetaConfig } from "./settings.js";
import { createThrottle } from "./throttle.js";
import { webhookHandler } from "./webhook/handle-webhook.js";
import { fetchTaskInterpreter } from "./webhook/run-fetch-task.js";
import { webhookOptions } from "./webhook/webhook-options.js";

/** Connects Messenger or Instagram; their differences are in `platform`. */
export async function connectMeta(
  platform: Platform,
  config: MetaConfig,
  host: ChannelHost,
): Promise<ChannelConnection<MetaAddress>> {
  const graphApi = createGraphApi(config);
  const token =
    config.tokenKind === "instagram-login"
      ? await refreshingToken(config.token, graphApi, host)
      : permanentToken(config.token);
  const sender: Sender = {
    platform,
    config,
    graphApi,
    token,
    throttle: createThrottle(),
    restriction: createRestriction(host),
    host,
  };
  const secrets = () => [
    ...[config.token, token.current()].flatMap((secret) => [secret, appSecretProof(config.appSecret, secret)]),
    ...config.webhookSecrets,
    config.verifyToken,
  ];
  const redactFailure = (failure: Failure): Failure => ({ ...failure, detail: redact(failure.detail, secrets()) });

  const webhook = webhookOptions({ platform, config, host, graphApi, token });

  return {
    handleWebhook: webhookHandler(webhook),
    interpret: fetchTaskInterpreter(webhook),
    startNotes: [`Webhook URL to enter at Meta: ${webhookUrl(platform, host)}`],
    async deliver(outbound, signal) {
      const result = await deliver(sender, outbound, signal);
      return result.outcome === "accepted" ? result : { ...result, failure: redactFailure(result.failure) };
    },
    async checkHealth(signal) {
      const health = await checkHealth(sender, signal);
      if (!health.ok) return { ok: false, failure: redactFailure(health.failure) };
      return health.detail === undefined ? health : { ok: true, detail: redact(health.detail, secrets()) };
    },
    close: async () => {},
  };
}

async function checkHealth(
  { config, graphApi, token, restriction }: Sender,
  signal: AbortSignal,
): Promise<ChannelHealth> {
  const refreshProblem = await token.refreshWhenDue(signal);
  const { tokenKind, accountId } = config;
  const query = { fields: identityFields[tokenKind] };
  const response = await graphApi({ path: "/me", query, token: token.current() }, signal);
  const health = checkIdentity(response, tokenKind, accountId);
  if (!health.ok) return health;
  const until = await restriction.until();
  if (until !== null) {
    const detail = `Meta temporarily restricts this account; sending is retried at ${until.toISOString()}`;
    return { ok: false, failure: { code: "CREDENTIALS_INVALID", detail } };
  }
  return refreshProblem === null ? health : { ok: true, detail: refreshProblem };
}

function webhookUrl({ channelName }: Platform, { publicUrl }: ChannelHost): string {
  return `${publicUrl.href.replace(/\/+$/, "")}/webhooks/${channelName.toLowerCase()}`;
}
