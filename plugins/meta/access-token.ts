import { createHash } from "node:crypto";
import type { ChannelHost } from "afterchat/channel";
import { z } from "zod";
import type { GraphApi, GraphResponse } from "./graph-api.js";
import { describeGraphError, readGraphError } from "./graph-error.js";

/** The token that authorises requests. */
export interface AccessToken {
  current(): string;
  /** Reads it again, since another process may have refreshed it. Returns true if it has changed. */
  reload(): Promise<boolean>;
  /** Refreshes it if that is due. Returns null, or a description of the problem. */
  refreshWhenDue(signal: AbortSignal): Promise<string | null>;
}

/** A Page's token, which does not expire. */
export function permanentToken(token: string): AccessToken {
  return { current: () => token, reload: async () => false, refreshWhenDue: async () => null };
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Half of its lifetime: leaves a month to fix the cause if refreshing fails. */
const refreshBeforeExpiryMs = 30 * dayMs;
const storeKey = "token";

const date = z.iso.datetime().transform((text) => new Date(text));
const storedToken = z.object({
  token: z.string().min(1),
  /** Hash of the token in the settings from which it was refreshed. */
  origin: z.string(),
  /** Null if unknown, since it has never been refreshed. */
  expiresAt: date.nullable(),
  attemptedAt: date.nullable(),
});
export type StoredToken = z.infer<typeof storedToken>;

const refreshResponse = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/**
 * Pure: whether to refresh. A token of unknown age is refreshed immediately and, since Meta refuses tokens under a day
 * old, again a day later; after that a month before it expires, then every hour until it succeeds.
 */
export function isRefreshDue(
  { expiresAt, attemptedAt }: Pick<StoredToken, "expiresAt" | "attemptedAt">,
  now: Date,
): boolean {
  if (attemptedAt === null) return true;
  const sinceAttemptMs = now.getTime() - attemptedAt.getTime();
  if (expiresAt === null) return sinceAttemptMs >= dayMs;
  return expiresAt.getTime() - now.getTime() <= refreshBeforeExpiryMs && sinceAttemptMs >= hourMs;
}

/**
 * A token of Instagram Login, which expires after 60 days unless it is refreshed. The refreshed token is stored
 * encrypted and shared by all processes. It is used as long as the settings contain the token from which it was
 * refreshed.
 */
export async function refreshingToken(
  settingsToken: string,
  graphApi: GraphApi,
  host: ChannelHost,
): Promise<AccessToken> {
  const origin = createHash("sha256").update(settingsToken).digest("hex");
  const fromSettings: StoredToken = { token: settingsToken, origin, expiresAt: null, attemptedAt: null };
  const read = async (): Promise<StoredToken> => {
    try {
      const parsed = storedToken.safeParse(await host.store.get(storeKey));
      return parsed.success && parsed.data.origin === origin ? parsed.data : fromSettings;
    } catch (error) {
      // Encrypted with an APP_SECRET that is gone: the token in the settings may still be valid.
      host.logger.error("The refreshed token cannot be read; the token in the settings is used", { error });
      return fromSettings;
    }
  };
  let state = await read();
  const store = async (next: StoredToken): Promise<void> => {
    const { expiresAt, attemptedAt } = next;
    const stored = {
      ...next,
      expiresAt: expiresAt?.toISOString() ?? null,
      attemptedAt: attemptedAt?.toISOString() ?? null,
    };
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
      const response = await graphApi(
        {
          path: "/refresh_access_token",
          query: { grant_type: "ig_refresh_token" },
          token: state.token,
          base: "unversioned",
        },
        signal,
      );
      const parsed = response.outcome === "answered" ? refreshResponse.safeParse(response.body) : null;
      if (parsed?.success) {
        const expiresAt = new Date(now.getTime() + parsed.data.expires_in * 1000);
        await store({ token: parsed.data.access_token, origin, expiresAt, attemptedAt: now });
        host.logger.info("The token was refreshed", { expiresAt: expiresAt.toISOString() });
        return null;
      }
      await store({ ...state, attemptedAt: now });
      const expiry =
        state.expiresAt === null
          ? "within 60 days of its creation"
          : `on ${state.expiresAt.toISOString().slice(0, 10)}`;
      return `The token could not be refreshed and expires ${expiry}. ${describeProblem(response)}`;
    },
  };
}

function describeProblem(response: GraphResponse): string {
  if (response.outcome !== "answered") return response.failure.detail;
  const error = readGraphError(response.body);
  return error === null ? "Meta's response cannot be parsed" : describeGraphError(error);
}
