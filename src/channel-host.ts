import type { ChannelHost, ChannelPlugin } from "./channels/channel.js";
import { parseInboundEvents } from "./channels/parse-inbound-events.js";
import { parseOriginal } from "./channels/parse-original.js";
import { createChannelStore } from "./channels/store/channel-store.js";
import { readOptOut } from "./forwarding/addresses/opt-out.js";
import { receiveEvents } from "./inbound/receive-events.js";
import { resolveConversation } from "./inbound/resolve-conversation.js";
import { storeOriginal } from "./inbound/store-original.js";
import type { Logger } from "./logger.js";
import type { Services } from "./services.js";
import { signShortToken, verifyShortToken } from "./tokens/short-token.js";
import { AgentRole } from "./viewer.js";

/** What one plugin may use of the program. Its tokens, stored entries and log lines are scoped to the plugin. */
export function createChannelHost(services: Services, plugin: ChannelPlugin): ChannelHost {
  return {
    ...createCommandHost(services, plugin),
    receive: async (events) => receiveEvents(services, plugin.id, parseInboundEvents(plugin, events)),
    keep: async (original) => storeOriginal(services, plugin.id, parseOriginal(plugin, original)),
    findConversation: (by) => resolveConversation(services.database, plugin.id, by),
    findOptOut: (conversationId) => readOptOut(services.database, conversationId),
    isAdmin: async ({ headers }) => {
      const token = /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
      const viewer = token === undefined ? null : await services.sessions.resolve(token);
      return viewer?.kind === "agent" && viewer.role === AgentRole.ADMIN;
    },
  };
}

/** The part of the host that involves neither conversations nor sessions: what a command beside a running program needs. */
export type CommandHost = Omit<ChannelHost, "findConversation" | "findOptOut" | "isAdmin" | "keep" | "receive">;

export function createCommandHost(
  services: Pick<Services, "clock" | "config" | "database" | "logger">,
  plugin: ChannelPlugin,
): CommandHost {
  const { clock, config, logger } = services;
  const [signingSecret] = config.appSecrets;
  if (signingSecret === undefined) throw new Error("There is no secret to sign under.");
  // Ids contain no colon, so different pairs of channel and purpose never give the same text.
  const purposeOf = (purpose: string) => `${plugin.id}:${checkPurpose(purpose)}`;

  return {
    sign: (purpose, id) => signShortToken(signingSecret, purposeOf(purpose), id),
    verify: (purpose, token) => verifyShortToken(config.appSecrets, purposeOf(purpose), token),
    store: createChannelStore(services, plugin.id),
    publicUrl: new URL(config.publicUrl),
    company: { name: config.companyName, locale: config.companyLocale },
    limitsFactor: config.limitsFactor,
    logger: bindLogger(logger, plugin.id),
    now: () => clock.now(),
  };
}

/** Purposes are constants of the plugin; restricted so that they cannot be confused with what is signed along with them. */
function checkPurpose(purpose: string): string {
  if (/^[\x20-\x7e]{1,64}$/.test(purpose)) return purpose;
  throw new TypeError("A purpose must be 1 to 64 printable ASCII characters");
}

function bindLogger(logger: Logger, channel: string): Logger {
  return {
    debug: (message, fields) => logger.debug(message, { ...fields, channel }),
    info: (message, fields) => logger.info(message, { ...fields, channel }),
    warn: (message, fields) => logger.warn(message, { ...fields, channel }),
    error: (message, fields) => logger.error(message, { ...fields, channel }),
  };
}
