import { GraphQLError } from "graphql";

/** The error codes that clients meet in `extensions.code`. */
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
  | "INTERNAL_SERVER_ERROR";

/** An error that is meant for the caller: its message says what to do. Everything else is shown as INTERNAL_SERVER_ERROR. */
export class UserError extends GraphQLError {
  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message, { extensions: { ...details, code } });
    this.name = "UserError";
  }
}

export const unauthenticated = (message: string) => new UserError("UNAUTHENTICATED", message);
export const forbidden = (message: string) => new UserError("FORBIDDEN", message);
/** Unknown and foreign ids are answered alike, so that nobody learns which ids exist. */
export const notFound = (noun: string) =>
  new UserError("NOT_FOUND", `There is no such ${noun}, or none that you may see.`);
/** `field` is the input's path as the client wrote it, such as `input.email`. */
export const badUserInput = (field: string, message: string) => new UserError("BAD_USER_INPUT", message, { field });
export const conflict = (message: string) => new UserError("CONFLICT", message);
/** `reason` is the failure's code, `detail` what the vendor said. */
export const stillPaused = (message: string, failure: { readonly code: string; readonly detail: string }) =>
  new UserError("CONFLICT", message, { reason: failure.code, detail: failure.detail });
export const contactFormRequired = () =>
  new UserError("CONTACT_FORM_REQUIRED", "Leave an email address first: call submitContactForm, then send again.");
export const conversationClosed = () =>
  new UserError("CONVERSATION_CLOSED", "This conversation is closed: call reopenConversation before writing.");
/** `reason` is the ForwardingState that stands in the way. */
export const deliveryNotPossible = (reason: string, message: string) =>
  new UserError("DELIVERY_NOT_POSSIBLE", message, { reason });
export const rateLimited = (retryAfterSeconds: number) =>
  new UserError("RATE_LIMITED", `Too many requests: try again in ${retryAfterSeconds} seconds.`, { retryAfterSeconds });
