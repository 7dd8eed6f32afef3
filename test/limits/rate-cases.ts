import type { RateLimitName } from "../../src/limits/limit-table.js";
import { type Answer, type Data, GraphqlClient } from "../support/app/graphql-client.js";
import { adminEmail, adminPassword, type TestApp } from "../support/app/test-app.js";
import { png, post, send, upload } from "../support/app/upload.js";

/** Uses what is limited once, through this process: null if it was allowed, otherwise `retryAfterSeconds`. Throws for other errors. */
type Use = (app: TestApp) => Promise<number | null>;

/** How a limit is used through a public door, one point each time. Gets the first of two processes on one database, to prepare. */
export type Case = (app: TestApp) => Promise<Use>;

/** One for each row of `rateLimits`; the test names those that are missing. */
export const cases: Readonly<Record<string, Case>> = {
  sessionsOfNetwork: async () => mutation("startSession(input: {}) { kind }"),
  sessionStartsOfNetwork: async () => mutation("startSession(input: {}) { kind }"),
  sessionStartsOfSession: async (app) => {
    const { token } = await app.startVisitor();
    return mutation(`startSession(input: { token: "${token}" }) { kind }`);
  },
  resumeCodesOfNetwork: async () => mutation('startSession(input: { resume: "a guess" }) { kind }'),
  contactFormsOfVisitor: visitors('submitContactForm(input: { email: "ana@example.com" }) { id }'),
  contactFormsOfNetwork: visitors('submitContactForm(input: { email: "ana@example.com" }) { id }'),
  messagesOfVisitor: visitors('sendMessage(input: { text: "Hello" }) { id }'),
  messagesOfNetwork: visitors('sendMessage(input: { text: "Hello" }) { id }'),
  typingOfVisitor: typing,
  typingOfNetwork: typing,
  changesOfVisitor: visitors("recordActivity { id }"),
  changesOfNetwork: visitors("recordActivity { id }"),
  uploadsOfVisitor: uploading,
  uploadsOfNetwork: uploading,
  uploadedMebibytesOfVisitor: uploading,
  uploadedMebibytesOfNetwork: uploading,
  downloadsOfNetwork: async (app) => {
    const visitor = await app.startVisitor();
    const { id } = await upload(visitor, { content: png, name: "bike.png" });
    const { attachments } = await send(visitor, { text: "My bike", attachmentIds: [id] });
    return request(new URL(attachments[0].url).pathname, 200);
  },
  pagesOfNetwork: async () => request("/unsubscribe/a-guess", 404),
  signInsOfNetwork: async () =>
    mutation(`signIn(input: { email: "${adminEmail}", password: "${adminPassword}" }) { expiresAt }`),
} satisfies Partial<Record<RateLimitName, Case>>;

/** Rows that cannot be used up one point each time, and the test that reaches each. */
export const reachedElsewhere: Readonly<Record<string, string>> = {
  wrongPasswordsOfNetwork: "agents/password-guesses.test.ts",
  mailOfConversation: "inbound/unmatched-mail.test.ts",
  unmatchedMail: "attacks/mail-floods.test.ts",
} satisfies Partial<Record<RateLimitName, string>>;

/** A field of a mutation. */
function mutation(field: string, token: string | null = null): Use {
  return async (app) => secondsIn(await new GraphqlClient(app.url, token).ask(`mutation { ${field} }`));
}

/** The same, of a new visitor. */
function visitors(field: string): Case {
  return async (app) => mutation(field, (await app.startVisitor()).token);
}

async function typing(app: TestApp): Promise<Use> {
  const visitor = await app.startVisitor();
  const { conversation }: Data = await send(visitor, { text: "Hello" });
  return mutation(`setTyping(conversationId: "${conversation.id}")`, visitor.token);
}

async function uploading(app: TestApp): Promise<Use> {
  const { token } = await app.startVisitor();
  return async ({ url }) => secondsOf(await post(new GraphqlClient(url, token), { content: "Notes" }), 201);
}

function request(path: string, expectedStatus: number): Use {
  return async ({ url }) => secondsOf(await fetch(`${url}${path}`), expectedStatus);
}

export function secondsIn({ errors }: Answer): number | null {
  const [error] = errors ?? [];
  if (error === undefined) return null;
  if (error.extensions.code !== "RATE_LIMITED") throw new Error(`Refused for another reason: ${JSON.stringify(error)}`);
  return Number(error.extensions.retryAfterSeconds);
}

export async function secondsOf(response: Response, expectedStatus: number): Promise<number | null> {
  const text = await response.text();
  if (response.status === expectedStatus) return null;
  if (response.status !== 429) throw new Error(`Refused for another reason: ${response.status} ${text}`);
  return Number(response.headers.get("retry-after"));
}
