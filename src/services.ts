import type { Passwords } from "./agents/passwords.js";
import type { AttachmentStorage } from "./attachments/attachment-storage.js";
import type { BlockedNetworks } from "./blocked-networks/blocked-networks.js";
import type { ChannelRegistry } from "./channels/registry/channel-registry.js";
import type { Clock } from "./clock.js";
import type { RunningConfig } from "./config.js";
import type { LiveCounts } from "./counts/live-counts.js";
import type { Database } from "./database/database.js";
import type { Events } from "./events/events.js";
import type { RateLimits } from "./limits/rate-limits.js";
import type { Logger } from "./logger.js";
import type { PresenceTracker } from "./presence/presence-tracker.js";
import type { SessionCache } from "./sessions/session-cache.js";

/** The one dependency of all operations, assembled in app.ts. */
export interface Services {
  readonly config: RunningConfig;
  readonly clock: Clock;
  readonly counts: LiveCounts;
  readonly database: Database;
  readonly events: Events;
  readonly limits: RateLimits;
  readonly blockedNetworks: BlockedNetworks;
  readonly passwords: Passwords;
  readonly channels: ChannelRegistry;
  readonly presence: PresenceTracker;
  readonly sessions: SessionCache;
  readonly attachments: AttachmentStorage;
  readonly logger: Logger;
}
