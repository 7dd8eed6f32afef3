import type { ChannelHost } from "afterchat/channel";
import { z } from "zod";

const storeKey = "restricted-until";
const restrictedMs = 3_600_000;
const moment = z.iso.datetime().transform((text) => new Date(text));

/**
 * Meta restricts a Page for a while although its token is good, so a health check would find nothing wrong: the pause is
 * kept up for an hour in all processes, and then one delivery tries again.
 */
export interface Restriction {
  note(): Promise<void>;
  /** Null: none that is known. */
  until(): Promise<Date | null>;
}

export function keptRestriction(host: ChannelHost): Restriction {
  return {
    note: () => host.store.set(storeKey, new Date(host.now().getTime() + restrictedMs).toISOString()),
    async until() {
      const parsed = moment.safeParse(await host.store.get(storeKey));
      return parsed.success && parsed.data > host.now() ? parsed.data : null;
    },
  };
}
