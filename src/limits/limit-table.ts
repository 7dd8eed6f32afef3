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
  sessionStartsOfNetwork: {
    what: "calls of `startSession`, also those that continue a session",
    by: "network",
    points: 3_000,
    seconds: 600,
    reason: "An office of 200 people who open 15 pages each within ten minutes.",
  },
  sessionStartsOfSession: {
    what: "calls of `startSession` with its token",
    by: "session",
    points: 120,
    seconds: 600,
    reason: "A visitor who opens a page every five seconds for ten minutes.",
  },
  resumeCodesOfNetwork: {
    what: "links in emails opened, also those that are not valid",
    by: "network",
    points: 300,
    seconds: 600,
    reason: "An office of 200 people who all open theirs within ten minutes, and half of them twice.",
  },
  contactFormsOfVisitor: {
    what: "contact forms submitted",
    by: "visitor",
    points: 10,
    seconds: 3_600,
    reason: "A visitor who corrects a mistyped address again and again.",
  },
  contactFormsOfNetwork: {
    what: "contact forms submitted",
    by: "network",
    points: 300,
    seconds: 600,
    reason: "An office of 200 people who all leave their address, and half of them twice.",
  },
  messagesOfVisitor: {
    what: "messages of a visitor, a long one counted once more for each 1,000 characters",
    by: "visitor",
    points: 300,
    seconds: 600,
    reason: "A visitor who writes every two seconds for ten minutes.",
  },
  messagesOfNetwork: {
    what: "messages of visitors, counted likewise",
    by: "network",
    points: 6_000,
    seconds: 3_600,
    reason:
      "An office of 200 people who all chat for an hour, with a message every two minutes; it stores 6 MB at most.",
  },
  typingOfVisitor: {
    what: "calls of `setTyping`",
    by: "visitor",
    points: 120,
    seconds: 60,
    reason: "Twice a second; frontends call it every few seconds.",
  },
  typingOfNetwork: {
    what: "calls of `setTyping` by visitors, each of which is shown to all staff",
    by: "network",
    points: 2_400,
    seconds: 60,
    reason: "An office of 200 people who all type without a pause, with a call every five seconds.",
  },
  changesOfVisitor: {
    what: "other changes, such as `markRead` or `recordActivity`",
    by: "visitor",
    points: 120,
    seconds: 60,
    reason: "Twice a second: a visitor who scrolls and reads on several pages.",
  },
  changesOfNetwork: {
    what: "other changes by visitors",
    by: "network",
    points: 3_000,
    seconds: 60,
    reason: "An office of 200 people who all scroll or read, with a call every four seconds.",
  },
  uploadsOfVisitor: {
    what: "files uploaded",
    by: "visitor",
    points: 200,
    seconds: 86_400,
    reason: "A visitor who sends the pictures of a whole holiday.",
  },
  uploadsOfNetwork: {
    what: "files uploaded by visitors",
    by: "network",
    points: 1_000,
    seconds: 3_600,
    reason: "An office of 200 people who send five files each within the hour.",
  },
  uploadedMebibytesOfVisitor: {
    what: "MiB uploaded",
    by: "visitor",
    points: 1_024,
    seconds: 86_400,
    reason: "Fifty files of the largest size.",
  },
  uploadedMebibytesOfNetwork: {
    what: "MiB uploaded by visitors",
    by: "network",
    points: 4_000,
    seconds: 86_400,
    reason: "An office of 200 people with 20 MiB each. Files stay, so the disk sets this one.",
  },
  downloadsOfNetwork: {
    what: "files downloaded, a large one counted once more for each MiB",
    by: "network",
    points: 6_000,
    seconds: 600,
    reason:
      "An office of 200 people, agents among them, who open conversations with 30 pictures each within ten minutes.",
  },
  pagesOfNetwork: {
    what: "pages of channels, such as those to unsubscribe",
    by: "network",
    points: 3_000,
    seconds: 600,
    reason: "The network of a mail provider that opens the links of many people, or unsubscribes them with one click.",
  },
  signInsOfNetwork: {
    what: "calls of `signIn`",
    by: "network",
    points: 600,
    seconds: 900,
    reason: "An office of 200 agents who sign in within a quarter of an hour, three times each.",
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
