import type { ChannelHost } from "afterchat/channel";
import { z } from "zod";

const storeKey = "restricted-until";
const restrictedMs = 3_600_000;
const date = z.iso.datetime().transform((text) => new Date(text));

/**
 * Remembers, for all processes, that Meta restricts a Page. A health check cannot notice it, since the token stays
 * valid: the channel is kept paused for an hour, then a delivery tries again.
 */
export interface Restriction {
  record(): Promise<void>;
  /** Null if no restriction is known. */
  until(): Promise<Date | null>;
}

export function createRestriction(host: ChannelHost): Restriction {
  return {
    record: () => host.store.set(storeKey, new Date(host.now().getTime() + restrictedMs).toISOString()),
    async until() {
      const parsed = date.safeParse(await host.store.get(storeKey));
      return parsed.success && parsed.data > host.now() ? parsed.data : null;
    },
  };
}
