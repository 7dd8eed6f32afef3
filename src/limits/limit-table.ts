/** Whose use is counted together. */
export type LimitedBy =
  /** The client's network: its IPv4 address, or the /64 of its IPv6 address, which is what one customer gets. */
  | "network"
  /** A session, as startSession or signIn began it. */
  | "session"
  | "visitor"
  | "account"
  | "channel"
  | "conversation"
  /** Everybody together. */
  | "all";

/** How much of something is kept. */
export interface StorageLimit {
  /** Continues "at most 300 …". */
  readonly what: string;
  readonly by: LimitedBy;
  readonly max: number;
  readonly reason: string;
}

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

const mebibyte = 1_048_576;

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
  mailOfConversation: {
    what: "KB of emails stored",
    by: "conversation",
    points: 250_000,
    seconds: 86_400,
    reason: "Ten emails of the largest size. More is refused for the time being, and the sender's server tries again.",
  },
  mailOfNobody: {
    what: "KB of emails stored that belong to no conversation",
    by: "channel",
    points: 20_000,
    seconds: 3_600,
    reason:
      "Of each only the header is stored, usually 5 KB: 4,000 in an hour. More is refused for the time being; answers of visitors are not affected.",
  },
} satisfies Readonly<Record<string, RateLimit>>;

export const concurrencyLimits = {
  socketsOfNetwork: {
    what: "sockets",
    by: "network",
    max: 1_000,
    reason: "An office of 200 people with five tabs each.",
  },
  connectionsOfNetwork: {
    what: "connections by HTTP, without sockets",
    by: "network",
    max: 600,
    reason:
      "An office of 200 people with three each. The one that was idle for longest is closed first. Connections of a proxy of TRUST_PROXY are not counted.",
  },
  connections: {
    what: "connections by HTTP, without sockets",
    by: "all",
    max: 5_000,
    reason:
      "Each needs some 20 KB. Beyond it the network with the most connections loses one, an idle one if it has any.",
  },
  bodyBytes: {
    what: "bytes of requests' bodies in memory",
    by: "all",
    max: 56 * mebibyte,
    reason:
      "The largest post of an email provider, with its overhead. When it is full, who holds the most gives way: of the channel with the most bytes, the network with the most.",
  },
  uploadsOfSession: {
    what: "uploads",
    by: "session",
    max: 20,
    reason: "The attachments of two messages.",
  },
  uploadsOfNetwork: {
    what: "uploads",
    by: "network",
    max: 100,
    reason: "Half of an office of 200 people at the same moment. Each may take half an hour on a slow connection.",
  },
  uploads: {
    what: "uploads",
    by: "all",
    max: 500,
    reason: "Each is an open file and a connection.",
  },
  mailConnectionsOfNetwork: {
    what: "connections to the SMTP or LMTP port",
    by: "network",
    max: 20,
    reason: "Large senders open up to 20 to one destination.",
  },
  mailConnectionsOfPrivateNetwork: {
    what: "connections to the SMTP or LMTP port from a private address",
    by: "network",
    max: 200,
    reason: "The operator's own mail server, which hands over everybody's emails.",
  },
  mailConnections: {
    what: "connections to the SMTP or LMTP port",
    by: "all",
    max: 500,
    reason: "Each needs some 50 KB.",
  },
  mailCommands: {
    what: "commands without an accepted email",
    by: "session",
    max: 100,
    reason: "An email needs at most 56: 50 recipients, hello, STARTTLS, sender and content.",
  },
  mailBytes: {
    what: "bytes of emails that are being received by SMTP and LMTP",
    by: "all",
    max: 56 * mebibyte,
    reason:
      "Two emails of the largest size and many usual ones. When it is full, the network that holds the most gives way.",
  },
} satisfies Readonly<Record<string, ConcurrencyLimit>>;

export const storageLimits = {
  mailOfNobody: {
    what: "bytes of emails that belong to no conversation",
    by: "channel",
    max: 100_000_000,
    reason: "Some 20,000 headers. The oldest are removed first.",
  },
} satisfies Readonly<Record<string, StorageLimit>>;

export type RateLimitName = keyof typeof rateLimits;
export type ConcurrencyLimitName = keyof typeof concurrencyLimits;

/** The allowed number, multiplied for networks. */
export function allowed({ by, ...limit }: RateLimit | ConcurrencyLimit, factor: number): number {
  const number = "points" in limit ? limit.points : limit.max;
  return by === "network" ? number * factor : number;
}
