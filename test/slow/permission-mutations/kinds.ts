/** A kind of check, found by a pattern in the compiled code, and what the code is without it. */
export interface MutationKind {
  readonly name: string;
  /** Which compiled files hold such checks, by their path in `dist`. */
  readonly files: RegExp;
  /** Global: each match is one check. */
  readonly find: RegExp;
  readonly replace: string;
  /** Paths of tests, run one after the other until one fails. */
  readonly tests: readonly string[];
  /** The names of the tests to run for a match, to save time; null: all. */
  readonly only?: (text: string, index: number) => string;
}

/** A check whose absence nobody can observe. One that is not found any more ends the run: it is to be removed here. */
export interface Exception {
  readonly file: string;
  /** What is removed, and a part of its line. */
  readonly removed: string;
  readonly line: string;
  readonly why: string;
}

const permissions = "test/graphql/permissions/permissions.test";
const secondLocks = "test/graphql/permissions/viewer.test";
const events = "test/graphql/permissions/permitted-events.test";
const routes = "test/graphql/permissions/http-routes.test";
const blockedVisitor = "test/e2e/blocked-visitor.test";
const blockedNetworks = "test/blocked-networks/blocked-networks.test";
const sessions = "test/sessions/";
const visitors = "test/visitors/";
const agents = "test/agents/";
const uploads = "test/attachments/(removing|uploading|downloading)";

/** The field that the decorators at this place are for. */
function decoratedField(text: string, index: number): string {
  return /prototype, "(\w+)"/.exec(text.slice(index))?.[1] ?? "";
}

export const kinds: readonly MutationKind[] = [
  {
    name: "@Authorized",
    files: /^src\/.*\.resolver\.js$/,
    find: /^ {4}Authorized\(.*\),\n/gm,
    replace: "",
    // Without it the schema says that no token is needed, also where the operation asks for one by itself.
    tests: [permissions, "test/graphql/schema.test"],
    only: (text, index) => `\\.${decoratedField(text, index)} called by|readable by`,
  },
  {
    name: "an error thrown to refuse",
    files: /^src\//,
    find: /if \((?!false)(.+)\)( \{)?\n(\s+)throw (?=forbidden\(|unauthenticated\(|invalidToken\(|networkBlocked\(|new HttpError\(40[13],)/g,
    replace: "if (false)$2\n$3throw ",
    tests: [permissions, routes, blockedVisitor, blockedNetworks, sessions, visitors, agents, uploads],
  },
  {
    name: "whose conversation it is",
    files: /^src\/(conversations|visitors)\//,
    find: /\w+\.visitorId === (viewer|linked)\.visitorId/g,
    replace: "true",
    tests: [secondLocks, permissions, events, visitors],
  },
  {
    name: "which conversation a guest may see",
    files: /^src\//,
    find: /viewer\.guestOf === (event\.conversationId|conversation\.id)/g,
    replace: "true",
    tests: [secondLocks, permissions, events],
  },
  {
    name: "a condition on guests",
    files: /^src\/(?!presence)/,
    find: /viewer\.guestOf !== null/g,
    replace: "false",
    tests: [permissions, events, visitors, "test/e2e/opting-out", "test/e2e/resume-links"],
  },
  {
    name: "a condition on full sessions",
    files: /^src\/(conversations|graphql)\//,
    find: /viewer\.guestOf === null/g,
    replace: "true",
    tests: [secondLocks, permissions, events, "test/e2e/resume-links"],
  },
  {
    name: "the kind of a viewer",
    files: /^src\/(viewer|conversations\/parse-message)\.js$/,
    find: /viewer\.kind !== "(visitor|agent)"/g,
    replace: "false",
    tests: [secondLocks, permissions, "test/conversations/message-input"],
  },
  {
    name: "who may receive an event",
    files: /^src\/(graphql\/shared-results|conversations\/subscribe)\.js$/,
    find: /!this\.#api\.canReceive\(viewer, event\)|viewer === null/g,
    replace: "false",
    tests: [secondLocks, events, "test/graphql/subscriptions"],
  },
  {
    name: "an address masked for guests",
    files: /^src\/.*\.resolver\.js$/,
    find: /(?<!function )isGuest\(viewer\)/g,
    replace: "false",
    tests: [events],
  },
  {
    name: "clientMessageId for its author",
    files: /^src\/conversations\/message\.resolver\.js$/,
    find: /(?<!function )isAuthor\(viewer, message\)/g,
    replace: "true",
    tests: [events],
  },
  {
    name: "a condition on sessions in SQL",
    files: /^src\/(sessions\/session-cache|visitors\/find-(previous-session|linked-conversation))\.js$/,
    find: /\w+\.(ended_at|removed_at|erased_at|blocked_at) IS NULL|sessions\.kind <> 'AGENT'/g,
    replace: "TRUE",
    tests: [sessions, blockedVisitor, visitors, events],
  },
  {
    name: "when a session or a link ends, in SQL",
    files: /^src\/(sessions\/session-(cache|store)|visitors\/find-(previous-session|linked-conversation))\.js$/,
    find: /(?:sessions\.)?expires_at > (\$\d)|conversations\.resume_codes_revoked_at < (\$\d)/g,
    replace: "($1$2::timestamptz IS NOT NULL)",
    tests: [sessions, visitors, events],
  },
  {
    name: "whose row it is, by another row",
    files: /^src\/(conversations|attachments)\/(write-message|claim-attachments)\.js$/,
    // A reply's visitor is looked up by its conversation, so only the visitor's own statement decides.
    find: /conversation\.visitor_id = visitor\.id(?= AND conversation\.status = 'OPEN'\n.*\n\s+\), others)|attachments\.uploader_kind = \$2/g,
    replace: "TRUE",
    tests: [permissions, uploads],
  },
  {
    name: "whose row it is, by a parameter",
    files: /^src\/(conversations|attachments)\/(open-conversation|claim-attachments|message-repetition)\.js$/,
    find: /(?<= )(?:visitor_id|author_id|attachments\.uploader_id) = (\$\d)(?= (?:AND|END))/g,
    replace: "($1::uuid IS NOT NULL)",
    tests: [permissions, uploads, "test/conversations/"],
  },
  {
    name: "whose conversations are listed",
    files: /^src\/conversations\/list-conversations\.js$/,
    find: /`conversation\.(?:visitor_id|id) = (\$\{parameter\})`/g,
    replace: "`$1::uuid IS NOT NULL`",
    tests: [permissions, events],
  },
  {
    name: "whose conversation is shown",
    files: /^src\/visitors\/find-conversation-to-show\.js$/,
    find: /visitor_id = \$1 AND/g,
    replace: "($1::uuid IS NOT NULL) AND",
    tests: [sessions, visitors],
  },
  {
    name: "a signature or secret compared",
    files: /^src\/(tokens|channels\/http)\//,
    find: /timingSafeEqual\((?=mac|digest|actual)/g,
    replace: "(() => true)(",
    tests: [routes, "test/tokens/", "test/channels/http/"],
  },
  {
    name: "the end of a signed URL",
    files: /^src\/tokens\//,
    find: /clock\.now\(\)\.getTime\(\) >= Number\.parseInt\(expires, 36\)/g,
    replace: "false",
    tests: [uploads, "test/inbound/keeping"],
  },
  {
    name: "what a URL was signed for",
    files: /^src\/(attachments\/attachment-url|inbound\/original-routes)\.js$/,
    find: /verifyExpiringToken\(services, \w+, /g,
    replace:
      '((...given) => ["original", "attachment"].map((purpose) => verifyExpiringToken(given[0], purpose, given[1])).find((read) => typeof read !== "string") ?? "forged")(services, ',
    tests: [routes],
  },
  {
    name: "a webhook's signature, or a key",
    files: /^plugins\//,
    find: /(?<!function )(?:isSignedWebhook|isSignedByMeta|isSignedByMailgun|isSignedBySendGrid|hasPassword|isSameSecret)\((?=.*\)\s*(?:\)|&&|;|$))/gm,
    replace: "(() => true)(",
    tests: [routes, "test/plugins/email/dev-mailbox"],
  },
  {
    name: "an admin's session in a plugin",
    files: /^plugins\//,
    find: /await host\.isAdmin\(request\)/g,
    replace: "true",
    tests: ["test/plugins/email/dev-mailbox"],
  },
  {
    name: "whose session a plugin takes for an admin's",
    files: /^src\/channel-host\.js$/,
    find: / && viewer\.role === AgentRole\.ADMIN/g,
    replace: "",
    tests: ["test/e2e/dev-mailbox"],
  },
  {
    name: "a link's signature in a plugin",
    files: /^plugins\/email\/unsubscribe\//,
    find: /host\.verify\("unsubscribe", token\)/g,
    replace: '(host.verify("unsubscribe", token) ?? host.verify("reply", token))',
    tests: [routes],
  },
  {
    name: "the socket of a session that ended",
    files: /^src\/graphql\/(sockets|socket)\.js$/,
    find: /(?:socket|return this)\.close\(CloseCode\.Forbidden, "Session ended"\);/g,
    replace: ";",
    tests: [events],
  },
  {
    name: "a blocked visitor refused",
    files: /^src\//,
    find: /(?<!function )refuseBlocked\(\w+\);/g,
    replace: ";",
    tests: [blockedVisitor],
  },
  {
    name: "a condition on blocked visitors",
    files: /^src\/(?!inbound)/,
    find: /\b\w+\.blockedAt !== null(?= \|\|| \?|\)|$)|\bfacts\.visitor\.blocked\b/gm,
    replace: "false",
    tests: [blockedVisitor, "test/forwarding/due/due.test"],
  },
  {
    name: "a blocked visitor, in SQL",
    files: /^src\/(conversations\/write-message|forwarding\/due\/refresh-due-times)\.js$/,
    find: /visitors?\.blocked_at IS NULL/g,
    replace: "TRUE",
    tests: [blockedVisitor, "test/forwarding/due/due-in-sql"],
  },
  {
    name: "a blocked network refused",
    files: /^src\/(?!blocked-networks)/,
    find: /(?:services\.)?blockedNetworks\.refuse\(\w+\);|!api\.mayConnect\(.*?\)(?=\))/g,
    replace: "false",
    tests: [blockedNetworks],
  },
  {
    name: "what a blocked sender's event is",
    files: /^(src\/inbound|plugins\/email\/inbound)\//,
    find: /\w+\.blocked(?:At !== null)?(?=\)| &&)/g,
    replace: "false",
    tests: [blockedVisitor, "test/inbound/receive-message"],
  },
  {
    name: "the last admin",
    files: /^src\/agents\/(remove|update)-agent\.js$/,
    find: /await requireAnotherAdmin\(.*\);/g,
    replace: ";",
    tests: [agents],
  },
  {
    name: "the range that holds the caller",
    files: /^src\/blocked-networks\/block-network\.js$/,
    find: /isInRange\(ownAddress, range\)/g,
    replace: "false",
    tests: [blockedNetworks],
  },
];

export const exceptions: readonly Exception[] = [
  {
    file: "src/attachments/claim-attachments.js",
    removed: "attachments.uploader_kind = $2",
    line: "attachments.uploader_kind = $2",
    why: "No visitor and agent have the same id, and the id is compared too.",
  },
  {
    file: "src/conversations/subscribe.js",
    removed: "viewer.guestOf === null",
    line: "return viewer.guestOf === null ? { visitorId: viewer.visitorId }",
    why: "canReceive refuses each event of the visitor's other conversations, which is tested.",
  },
  {
    file: "src/visitors/find-previous-session.js",
    removed: "sessions.kind <> 'AGENT'",
    line: "sessions.kind <> 'AGENT'",
    why: "An agent's session has no visitor to join with.",
  },
  {
    file: "src/sessions/session-store.js",
    removed: "expires_at > $2",
    line: "ended_at IS NULL AND expires_at > $2 RETURNING id",
    why: "The same transaction has just read the session with this condition, at the same time.",
  },
  {
    file: "src/agents/set-availability.js",
    removed: "if (row === undefined)\n            throw ",
    line: "if (row === undefined)",
    why: "The agent's row is locked and was just read.",
  },
  {
    file: "src/visitors/start-session.js",
    removed: "visitor.blockedAt !== null",
    line: "visitor.erasedAt !== null || visitor.blockedAt !== null",
    why: "Blocked between two statements of one transaction; the session itself does not resolve either.",
  },
];
