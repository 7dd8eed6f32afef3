import { createHash } from "node:crypto";
import type { ChannelHost } from "afterchat/channel";
import { z } from "zod";
import { describeGraphError, readGraphError } from "./graph-error.js";
import type { AskGraph } from "./graph-request.js";

/** What requests are authorised by. */
export interface AccessToken {
  current(): string;
  /** Another process may have refreshed it: reads what is kept. True when it is another one now. */
  reload(): Promise<boolean>;
  /** Refreshes it when that is due; what is wrong with that, in words, or null. */
  refreshWhenDue(signal: AbortSignal): Promise<string | null>;
}

/** A Page's token does not end by itself. */
export function lastingToken(token: string): AccessToken {
  return { current: () => token, reload: async () => false, refreshWhenDue: async () => null };
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Half of its life: a month for repairs when refreshing fails. */
const refreshBeforeEndMs = 30 * dayMs;
const storeKey = "token";

const moment = z.iso.datetime().transform((text) => new Date(text));
const kept = z.object({
  token: z.string().min(1),
  /** Which token of the settings it grew out of. */
  origin: z.string(),
  /** Null: not known, because it has never been refreshed. */
  endsAt: moment.nullable(),
  triedAt: moment.nullable(),
});
export type KeptToken = z.infer<typeof kept>;

const refreshed = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/**
 * Pure: whether to try. At first sight, because nobody knows how old it is: Meta refuses what is younger than a day, so a
 * day later again. From then on a month before it ends, and every hour until it succeeds.
 */
export function isRefreshDue({ endsAt, triedAt }: Pick<KeptToken, "endsAt" | "triedAt">, now: Date): boolean {
  if (triedAt === null) return true;
  const triedAgoMs = now.getTime() - triedAt.getTime();
  if (endsAt === null) return triedAgoMs >= dayMs;
  return endsAt.getTime() - now.getTime() <= refreshBeforeEndMs && triedAgoMs >= hourMs;
}

/**
 * A token of Instagram Login: it ends after 60 days unless it is refreshed. What came of it is kept encrypted and shared
 * by all processes, as long as the settings name the token that it grew out of; a new one there wins.
 */
export async function keptToken(given: string, ask: AskGraph, host: ChannelHost): Promise<AccessToken> {
  const origin = createHash("sha256").update(given).digest("hex");
  const fromSettings: KeptToken = { token: given, origin, endsAt: null, triedAt: null };
  const read = async (): Promise<KeptToken> => {
    try {
      const parsed = kept.safeParse(await host.store.get(storeKey));
      return parsed.success && parsed.data.origin === origin ? parsed.data : fromSettings;
    } catch (error) {
      // Kept under an APP_SECRET that is gone: the settings' own token may still be good.
      host.logger.error("The refreshed token cannot be read; the one of the settings is used", { error });
      return fromSettings;
    }
  };
  let state = await read();
  const keep = async (next: KeptToken): Promise<void> => {
    const { endsAt, triedAt } = next;
    const stored = { ...next, endsAt: endsAt?.toISOString() ?? null, triedAt: triedAt?.toISOString() ?? null };
    await host.store.set(storeKey, stored, { encrypted: true });
    state = next;
  };

  return {
    current: () => state.token,
    async reload() {
      const before = state.token;
      state = await read();
      return state.token !== before;
    },
    async refreshWhenDue(signal) {
      state = await read();
      const now = host.now();
      if (!isRefreshDue(state, now)) return null;
      const answer = await ask(
        {
          path: "/refresh_access_token",
          query: { grant_type: "ig_refresh_token" },
          token: state.token,
          base: "bare",
        },
        signal,
      );
      const parsed = answer.outcome === "answered" ? refreshed.safeParse(answer.body) : null;
      if (parsed?.success) {
        const endsAt = new Date(now.getTime() + parsed.data.expires_in * 1000);
        await keep({ token: parsed.data.access_token, origin, endsAt, triedAt: now });
        host.logger.info("The token has been refreshed", { endsAt: endsAt.toISOString() });
        return null;
      }
      await keep({ ...state, triedAt: now });
      const error = answer.outcome === "answered" ? readGraphError(answer.body) : null;
      const why = error !== null ? describeGraphError(error) : "Meta's answer cannot be used";
      const end =
        state.endsAt === null ? "within 60 days of its making" : `on ${state.endsAt.toISOString().slice(0, 10)}`;
      return `The token could not be refreshed and ends ${end}. ${answer.outcome === "answered" ? why : answer.failure.detail}`;
    },
  };
}
