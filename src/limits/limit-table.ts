/** Whose use is counted together. */
export type LimitedBy =
  /** The client's network: its IPv4 address, or the /64 of its IPv6 address, which is what one customer gets. */
  | "network"
  /** A session, as startSession or signIn began it. */
  | "session"
  | "visitor"
  | "account"
  | "channel"
  /** Everybody together. */
  | "all";

/** How often something may be done in a while. Counted in the database, so it holds for all processes together. */
export interface RateLimit {
  /** Continues "at most 300 …". */
  readonly what: string;
  readonly by: LimitedBy;
  readonly points: number;
  readonly seconds: number;
  /** Why this number: for docs/limits.md. */
  readonly reason: string;
}

/** How much there may be at the same time in one process: it protects the memory and the sockets of that process. */
export interface ConcurrencyLimit {
  /** Continues "at most 300 …". */
  readonly what: string;
  readonly by: LimitedBy;
  readonly max: number;
  readonly reason: string;
}

/**
 * What strangers may do. docs/limits.md is made from these tables: `npm run limits`. The numbers of networks are for an office of
 * 200 people behind one address; LIMITS_FACTOR multiplies them.
 */
export const rateLimits = {
  sessionsOfNetwork: {
    what: "sessions of visitors begun",
    by: "network",
    points: 300,
    seconds: 600,
    reason: "An office of 200 people who all open the chat within ten minutes, and half of them twice.",
  },
} satisfies Readonly<Record<string, RateLimit>>;

export const concurrencyLimits = {
  socketsOfNetwork: {
    what: "sockets",
    by: "network",
    max: 1_000,
    reason: "An office of 200 people with five tabs each.",
  },
  smallOriginals: {
    what: "emails of up to 64 KB interpreted",
    by: "channel",
    max: 6,
    reason: "While one of them waits for DNS, others are read.",
  },
  largeOriginals: {
    what: "larger emails interpreted",
    by: "channel",
    max: 2,
    reason: "Each is up to 25 MB, and needs several times that. Smaller ones have their own queue and do not wait.",
  },
} satisfies Readonly<Record<string, ConcurrencyLimit>>;

export type RateLimitName = keyof typeof rateLimits;
export type ConcurrencyLimitName = keyof typeof concurrencyLimits;

/** The allowed number, multiplied for networks. */
export function allowed({ by, ...limit }: RateLimit | ConcurrencyLimit, factor: number): number {
  const number = "points" in limit ? limit.points : limit.max;
  return by === "network" ? number * factor : number;
}
