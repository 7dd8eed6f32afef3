import { describeWait } from "../limits/limit-request.js";

/** A failed upload or download: an HTTP status, and a message that says what to do. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "HttpError";
  }
}

/** 429 with Retry-After. */
export function tooManyRequests(seconds: number): HttpError {
  const { message, headers } = describeWait(seconds);
  return new HttpError(429, message, headers);
}
