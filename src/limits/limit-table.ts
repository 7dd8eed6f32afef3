/** Whose use is counted together. */
export type LimitedBy =
  /** The client's network: its IPv4 address, or the /64 of its IPv6 address, which is what one customer gets. */
  | "network"
  /** A session, as startSession or signIn began it. */
  | "session"
  | "visitor"
  | "account"
  | "channel"
  | "address"
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

/**
 * What is sent automatically to addresses that visitors have only typed: an address may be somebody else's. Counted in the
 * rows of `unproven_mails`, which the transaction that plans a delivery writes, so that each delivery counts exactly once.
 */
export const forwardingLimits = {
  firstMailsOfSession: {
    what: "first emails to addresses that it named",
    by: "session",
    points: 5,
    seconds: 3_600,
    reason: "A person corrects a typing error once or twice.",
  },
  firstMailsOfNetwork: {
    what: "first emails to addresses that were named from it",
    by: "network",
    points: 50,
    seconds: 3_600,
    reason: "An office of 200 people of whom every fourth asks something within the hour and leaves before the answer.",
  },
  firstMailsOfNewSessions: {
    what: "first emails that carry only a bot's replies, to addresses that sessions younger than a day named",
    by: "all",
    points: 200,
    seconds: 3_600,
    reason:
      "Bots answer at once, while most visitors are still there and read it; this bounds somebody with thousands of networks. A person's answers are not held up by it, because nobody can multiply people.",
  },
  firstMailsToAddress: {
    what: "first emails to it from different visitors",
    by: "address",
    points: 3,
    seconds: 86_400,
    reason: "One person on a phone, a laptop and at work.",
  },
  mailsToAddress: {
    what: "emails to it",
    by: "address",
    points: 10,
    seconds: 86_400,
    reason: "Who got ten emails in a day, followed no link and answered none, does not need the next one.",
  },
} satisfies Readonly<Record<string, RateLimit>>;

export const concurrencyLimits = {
  socketsOfNetwork: {
    what: "sockets",
    by: "network",
    max: 1_000,
    reason: "An office of 200 people with five tabs each.",
  },
} satisfies Readonly<Record<string, ConcurrencyLimit>>;

export type RateLimitName = keyof typeof rateLimits;
export type ConcurrencyLimitName = keyof typeof concurrencyLimits;

/** The allowed number, multiplied for networks. */
export function allowed({ by, ...limit }: RateLimit | ConcurrencyLimit, factor: number): number {
  const number = "points" in limit ? limit.points : limit.max;
  return by === "network" ? number * factor : number;
}
