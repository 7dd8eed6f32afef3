import { GraphQLError } from "graphql";

/** The error codes that clients find in `extensions.code`. */
export type ErrorCode =
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "BAD_USER_INPUT"
  | "CONFLICT"
  | "CONTACT_FORM_REQUIRED"
  | "CONVERSATION_CLOSED"
  | "DELIVERY_NOT_POSSIBLE"
  | "RATE_LIMITED"
  | "SERVICE_UNAVAILABLE"
  | "INTERNAL_SERVER_ERROR";

/** An error meant for the caller: its message says what to do. All other errors are shown as INTERNAL_SERVER_ERROR. */
export class UserError extends GraphQLError {
  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { extensions: { ...details, code } });
    this.name = "UserError";
  }
}

export const unauthenticated = (message: string) => new UserError("UNAUTHENTICATED", message);
/** For visitors from a network that staff have blocked. */
export const networkBlocked = () =>
  new UserError("FORBIDDEN", "The chat is not available from your network: it has been blocked.", {
    http: { status: 403 },
  });
export const forbidden = (message: string) => new UserError("FORBIDDEN", message);
/** The same for unknown and foreign ids, so that nobody learns which ids exist. */
export const notFound = (noun: string) =>
  new UserError("NOT_FOUND", `This ${noun} does not exist, or you may not see it.`);
/** `field` is the path of the input as the client sent it, such as `input.email`. */
export const badUserInput = (field: string, message: string) => new UserError("BAD_USER_INPUT", message, { field });
export const conflict = (message: string) => new UserError("CONFLICT", message);
/** `reason` is the failure's code, `detail` what the vendor said. */
export const stillPaused = (message: string, failure: { readonly code: string; readonly detail: string }) =>
  new UserError("CONFLICT", message, { reason: failure.code, detail: failure.detail });
export const contactFormRequired = () =>
  new UserError("CONTACT_FORM_REQUIRED", "Leave an email address first: call submitContactForm, then send again.");
export const conversationClosed = () =>
  new UserError("CONVERSATION_CLOSED", "This conversation is closed: call reopenConversation before writing.");
/** `reason` is the ForwardingState that prevents it. */
export const deliveryNotPossible = (reason: string, message: string) =>
  new UserError("DELIVERY_NOT_POSSIBLE", message, { reason });
/** Whether it is the error that `deliveryNotPossible` makes. */
export const isDeliveryNotPossible = (error: unknown): boolean =>
  error instanceof UserError && error.extensions.code === "DELIVERY_NOT_POSSIBLE";
export const rateLimited = (retryAfterSeconds: number) =>
  new UserError("RATE_LIMITED", `Too many requests: try again in ${retryAfterSeconds} seconds.`, { retryAfterSeconds });
/** This process is busy with other requests; it was not begun with this one. */
export const serviceUnavailable = (retryAfterSeconds: number) =>
  new UserError(
    "SERVICE_UNAVAILABLE",
    `The server has too many requests to answer: try again in ${retryAfterSeconds} seconds.`,
    { retryAfterSeconds },
  );
