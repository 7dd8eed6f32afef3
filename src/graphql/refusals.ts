import { UserError } from "../errors.js";

/** After which a request may find room that has found none. */
export const retryAfterSeconds = 2;
/** After which somebody who has too much at the same time may look again: it ends when they end it. */
export const retryWhenEndedSeconds = 30;

/** @param limit such as "at most 20 subscriptions per visitor" */
export function tooManyAtOnce(limit: string): UserError {
  return new UserError("RATE_LIMITED", `Too many at the same time: ${limit}. End some first.`, {
    retryAfterSeconds: retryWhenEndedSeconds,
  });
}
