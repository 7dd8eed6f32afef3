/** Whose use is counted together. */
export type LimitedBy =
  /** The client's network: its IPv4 address, or the /64 of its IPv6 address, which is what one customer gets. */
  | "network"
  /** One WebSocket. */
  | "socket"
  /** A session, as startSession or signIn began it. */
  | "session"
  | "visitor"
  | "account"
  /** A device that has signed in to the account before. */
  | "device"
  | "channel"
  | "conversation"
  | "address"
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

/** How often something may be done in a while. */
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

/** What may be done a few times at once, and then only after pauses that double. Counted in the database, too. */
export interface ProgressiveDelay {
  /** Continues "at first 10 …". */
  readonly what: string;
  readonly by: LimitedBy;
  /** How many need no pause. */
  readonly free: number;
  /** After the last of these, and twice as long after each one that follows. */
  readonly firstSeconds: number;
  readonly longestSeconds: number;
  /** After the last one all are forgotten; longer than the longest pause. */
  readonly forgottenAfterSeconds: number;
  readonly reason: string;
}

const mebibyte = 1_048_576;

/**
 * What a caller's operations may cost together in a minute, all at once or one after the other: more comes back all the time. Counted
 * in each process, whose CPU it protects.
 */
export interface CostLimit {
  /** Continues "at most 1,000,000 for …". */
  readonly what: string;
  readonly by: LimitedBy;
  readonly costPerMinute: number;
  readonly reason: string;
}

/**
 * What strangers may do; these are counted in the database, for all processes together. docs/limits.md is made from these tables: `npm run limits`. The numbers of networks are for an office of
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
  wrongPasswordsOfNetwork: {
    what: "wrong passwords, at whatever accounts",
    by: "network",
    points: 50,
    seconds: 900,
    reason: "An office of 200 agents who sign in within a quarter of an hour, and one in four mistypes.",
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
    what: "calls of `signIn` without a `deviceToken`",
    by: "network",
    points: 600,
    seconds: 900,
    reason: "An office of 200 agents who sign in within a quarter of an hour, three times each.",
  },
  mailOfConversation: {
    what: "KB of emails stored",
    by: "conversation",
    points: 250_000,
    seconds: 86_400,
    reason: "Ten emails of the largest size. More is refused for the time being, and the sender's server tries again.",
  },
  unmatchedMail: {
    what: "KB of emails stored that belong to no conversation",
    by: "channel",
    points: 20_000,
    seconds: 3_600,
    reason:
      "Of each only the header is stored, usually 5 KB: 4,000 in an hour. More is refused for the time being; answers of visitors are not affected.",
  },
} satisfies Readonly<Record<string, RateLimit>>;

/** Counted in each process, since asking the database would cost more than what is counted. */
export const processRateLimits = {
  socketsOpened: {
    what: "sockets opened",
    by: "network",
    points: 3_000,
    seconds: 60,
    reason:
      "An office of 200 people with five tabs each, all of which connect again after a restart, some three times.",
  },
  messagesOfSocket: {
    what: "messages, pings and pongs",
    by: "socket",
    points: 300,
    seconds: 10,
    reason: "A page that begins 100 operations at once and ends them. The widget sends one message a second at most.",
  },
  bytesOfSocket: {
    what: "bytes of messages, complete or not",
    by: "socket",
    points: 1_048_576,
    seconds: 10,
    reason: "Four messages of the largest size.",
  },
  messagesOfNetwork: {
    what: "messages on sockets",
    by: "network",
    points: 20_000,
    seconds: 10,
    reason: "1,000 tabs that connect again and begin ten subscriptions each, twice.",
  },
  bytesOfNetwork: {
    what: "bytes of messages on sockets, complete or not",
    by: "network",
    points: 33_554_432,
    seconds: 10,
    reason: "The same with three times the bytes that such a tab sends.",
  },
  unknownDocumentsOfNetwork: {
    what: "characters of operations on sockets that are not in the cache",
    by: "network",
    points: 600_000,
    seconds: 60,
    reason:
      "All operations of ten frontends, of which every one is in the cache once anybody has sent it. Checking 1,000 characters takes up to 6 ms.",
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
  sockets: {
    what: "sockets",
    by: "all",
    max: 10_000,
    reason: "They take about 100 MB.",
  },
  socketsOfNetwork: {
    what: "sockets",
    by: "network",
    max: 1_000,
    reason: "An office of 200 people with five tabs each.",
  },
  passwordsOfStrangers: {
    what: "passwords of strangers verified",
    by: "all",
    max: 2,
    reason:
      "Each takes 19 MiB, 25 ms of a core and one of four threads, which files and signatures need too. It makes 80 in a second: all 200 of an office within three.",
  },
  passwordsOfStaff: {
    what: "passwords verified of devices that have signed in before, or hashed for agents",
    by: "all",
    max: 1,
    reason: "Beside those of strangers, so that a flood of these delays no agent.",
  },
  anonymousSocketsOfNetwork: {
    what: "sockets acknowledged without a token",
    by: "network",
    max: 300,
    reason: "An office of 200 people whose pages wait for the first click on the chat, half of them in two tabs.",
  },
  socketsOfSession: {
    what: "sockets of a visitor's session",
    by: "session",
    max: 20,
    reason: "A visitor with twenty tabs. Whoever got the link of an email cannot use up what the visitor has.",
  },
  socketsOfVisitor: {
    what: "sockets",
    by: "visitor",
    max: 40,
    reason: "The same on two devices.",
  },
  socketsOfAgent: {
    what: "sockets",
    by: "account",
    max: 50,
    reason: "Ten tabs on five devices.",
  },
  operationsOfSocket: {
    what: "operations in progress",
    by: "socket",
    max: 100,
    reason: "Far more than a page has in progress.",
  },
  subscriptions: {
    what: "subscriptions",
    by: "all",
    max: 25_000,
    reason: "They take about 150 MB.",
  },
  subscriptionsOfSocket: {
    what: "subscriptions of somebody who is not an agent",
    by: "socket",
    max: 20,
    reason: "The widget has six.",
  },
  subscriptionsOfSession: {
    what: "subscriptions of a visitor's session",
    by: "session",
    max: 120,
    reason: "Twenty tabs with six each.",
  },
  subscriptionsOfVisitor: {
    what: "subscriptions",
    by: "visitor",
    max: 240,
    reason: "The same on two devices.",
  },
  subscriptionsOfAgent: {
    what: "subscriptions",
    by: "account",
    max: 1_500,
    reason: "Fifty tabs with thirty each.",
  },
  anonymousSubscriptionsOfNetwork: {
    what: "subscriptions without a token",
    by: "network",
    max: 600,
    reason: "Two for each socket without a token, for which there is only one kind.",
  },
  subscriptionCostOfVisitor: {
    what: "cost of subscriptions together",
    by: "visitor",
    max: 25_000,
    reason: "As much as one operation may cost: 240 subscriptions with a hundred fields each.",
  },
  subscriptionCostOfAgent: {
    what: "cost of subscriptions together",
    by: "account",
    max: 500_000,
    reason: "1,500 subscriptions that cost as much as a usual inbox.",
  },
  anonymousSubscriptionCostOfNetwork: {
    what: "cost of subscriptions without a token together",
    by: "network",
    max: 25_000,
    reason: "600 subscriptions with forty fields each.",
  },
  heldBytesOfSocket: {
    what: "bytes of texts and variables of operations in progress",
    by: "socket",
    max: 10_000_000,
    reason: "About 80,000 characters of ordinary operations.",
  },
  heldBytesOfNetwork: {
    what: "bytes of texts and variables of operations in progress on sockets, equal texts counted once",
    by: "network",
    max: 16_000_000,
    reason: "An office uses one frontend or two, whose operations take less than one MB.",
  },
  heldBytes: {
    what: "bytes of texts and variables of operations in progress on sockets, equal texts counted once",
    by: "all",
    max: 64_000_000,
    reason: "An eighth of a heap of 512 MB.",
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

const guesses = { free: 10, firstSeconds: 5, longestSeconds: 900, forgottenAfterSeconds: 86_400 };

export const progressiveDelays = {
  wrongPasswordsForAccount: {
    what: "wrong passwords for an account, from devices that have not signed in to it before",
    by: "account",
    ...guesses,
    reason: "From however many networks, an account is guessed at about a hundred times a day.",
  },
  wrongPasswordsOfDevice: {
    what: "wrong passwords from a device that has signed in to the account before",
    by: "device",
    ...guesses,
    reason: "Nobody else's guesses count here, so nobody can keep its owner out.",
  },
  wrongPasswordsOfSession: {
    what: "wrong current passwords when changing it",
    by: "session",
    ...guesses,
    reason: "Who has found an open session must not learn the password with it.",
  },
} satisfies Readonly<Record<string, ProgressiveDelay>>;

export const costLimits = {
  costOfAgent: {
    what: "an agent",
    by: "session",
    costPerMinute: 30_000_000,
    reason:
      "1,500 inboxes of 25 conversations (325 each) a second: twice what one core answers, also in a load test with one session.",
  },
  costOfVisitor: {
    what: "a visitor",
    by: "session",
    costPerMinute: 1_000_000,
    reason: "1,800 pages of 100 messages, or 40 of the dearest operations a visitor may send: about 4 s of a core.",
  },
  costOfVisitors: {
    what: "all visitors of a network, since anybody may begin many sessions",
    by: "network",
    costPerMinute: 5_000_000,
    reason: "An office of 200 people who each read 45 pages of 100 messages in a minute.",
  },
  anonymousCostOfNetwork: {
    what: "callers without a session",
    by: "network",
    costPerMinute: 2_000_000,
    reason:
      "An office of 200 people who all open the chat within the minute, 10,000 each: what a widget needs before it has a session is a tenth of it.",
  },
} satisfies Readonly<Record<string, CostLimit>>;

export const storageLimits = {
  unmatchedMail: {
    what: "bytes of emails that belong to no conversation",
    by: "channel",
    max: 100_000_000,
    reason: "Some 20,000 headers. The oldest are removed first.",
  },
} satisfies Readonly<Record<string, StorageLimit>>;

export type RateLimitName = keyof typeof rateLimits;
export type ProcessRateLimitName = keyof typeof processRateLimits;
export type ConcurrencyLimitName = keyof typeof concurrencyLimits;
export type ProgressiveDelayName = keyof typeof progressiveDelays;
export type CostLimitName = keyof typeof costLimits;

/** The allowed number, multiplied for networks. */
export function allowed(limit: RateLimit | ConcurrencyLimit | CostLimit, factor: number): number {
  const number = "points" in limit ? limit.points : "max" in limit ? limit.max : limit.costPerMinute;
  return limit.by === "network" ? number * factor : number;
}
