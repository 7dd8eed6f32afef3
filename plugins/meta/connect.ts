import type { ChannelConnection, ChannelHealth, ChannelHost, Failure } from "afterchat/channel";
import { keptToken, lastingToken } from "./access-token.js";
import type { MetaAddress } from "./address.js";
import { checkIdentity, identityFields } from "./check-health.js";
import { deliver, type Sender } from "./deliver.js";
import { graphApi, proofOf } from "./graph-request.js";
import type { Platform } from "./platform.js";
import { redact } from "./redact.js";
import { keptRestriction } from "./restriction.js";
import type { MetaConfig } from "./settings.js";
import { createThrottle } from "./throttle.js";
import { webhookHandler } from "./webhook/handle-webhook.js";
import { fetchTaskInterpreter } from "./webhook/run-fetch-task.js";
import { webhookOptions } from "./webhook/webhook-options.js";

/** Connects Messenger or Instagram: what tells them apart is in `platform`. */
export async function connectMeta(
  platform: Platform,
  config: MetaConfig,
  host: ChannelHost,
): Promise<ChannelConnection<MetaAddress>> {
  const ask = graphApi(config);
  const token =
    config.tokenKind === "instagram-login" ? await keptToken(config.token, ask, host) : lastingToken(config.token);
  const sender: Sender = {
    platform,
    config,
    ask,
    token,
    gate: createThrottle(),
    restriction: keptRestriction(host),
    host,
  };
  const secrets = () => [
    ...[config.token, token.current()].flatMap((one) => [one, proofOf(config.appSecret, one)]),
    ...config.webhookSecrets,
    config.verifyToken,
  ];
  const concealIn = (failure: Failure): Failure => ({ ...failure, detail: redact(failure.detail, secrets()) });

  const webhook = webhookOptions({ platform, config, host, ask, token });

  return {
    handleWebhook: webhookHandler(webhook),
    interpret: fetchTaskInterpreter(webhook),
    startNotes: [`${platform.channelName}'s webhook for Meta: ${webhookUrl(platform, host)}`],
    async deliver(outbound, signal) {
      const result = await deliver(sender, outbound, signal);
      return result.outcome === "accepted" ? result : { ...result, failure: concealIn(result.failure) };
    },
    async checkHealth(signal) {
      const health = await checkHealth(sender, signal);
      if (!health.ok) return { ok: false, failure: concealIn(health.failure) };
      return health.detail === undefined ? health : { ok: true, detail: redact(health.detail, secrets()) };
    },
    close: async () => {},
  };
}

async function checkHealth({ config, ask, token, restriction }: Sender, signal: AbortSignal): Promise<ChannelHealth> {
  const problem = await token.refreshWhenDue(signal);
  const { tokenKind, accountId } = config;
  const query = { fields: identityFields[tokenKind] };
  const answer = await ask({ path: "/me", query, token: token.current() }, signal);
  const health = checkIdentity(answer, tokenKind, accountId);
  if (!health.ok) return health;
  const until = await restriction.until();
  if (until !== null) {
    const detail = `Meta restricts this account for now; sending is tried again at ${until.toISOString()}`;
    return { ok: false, failure: { code: "CREDENTIALS_INVALID", detail } };
  }
  return problem === null ? health : { ok: true, detail: problem };
}

function webhookUrl({ channelName }: Platform, { publicUrl }: ChannelHost): string {
  return `${publicUrl.href.replace(/\/+$/, "")}/webhooks/${channelName.toLowerCase()}`;
}
