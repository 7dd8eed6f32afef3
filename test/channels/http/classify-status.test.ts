import { describe, expect, test } from "@jest/globals";
import { classifyHealth, classifyStatus } from "afterchat/channel";

const now = new Date("2026-03-03T12:00:00.000Z");

describe("An HTTP status", () => {
  const answered = (status: number, retryAfter?: string) => ({
    outcome: "answered" as const,
    status,
    headers: new Headers(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
    body: { error: "why" },
  });

  test.each([
    [200, undefined, null],
    [204, undefined, null],
    [307, undefined, { outcome: "retry", failure: { code: "UNAVAILABLE" } }],
    [400, undefined, { outcome: "rejected", failure: { code: "CONTENT_REJECTED", detail: '400 {"error":"why"}' } }],
    [401, undefined, { outcome: "retry", failure: { code: "CREDENTIALS_INVALID" } }],
    [403, undefined, { outcome: "retry", failure: { code: "CREDENTIALS_INVALID" } }],
    [404, undefined, { outcome: "retry", failure: { code: "UNAVAILABLE" } }],
    [413, undefined, { outcome: "rejected", failure: { code: "CONTENT_REJECTED" } }],
    [429, "30", { outcome: "retry", failure: { code: "RATE_LIMITED" }, afterMs: 30_000 }],
    [429, "0", { outcome: "retry", failure: { code: "RATE_LIMITED" } }],
    [503, "Tue, 03 Mar 2026 12:01:00 GMT", { outcome: "retry", failure: { code: "UNAVAILABLE" }, afterMs: 60_000 }],
    [503, "soon", { outcome: "retry", failure: { code: "UNAVAILABLE" } }],
    [504, undefined, { outcome: "uncertain", failure: { code: "TIMED_OUT" } }],
  ])("%i with Retry-After %s is classified as %j", (status, retryAfter, expected) => {
    const result = classifyStatus(answered(status, retryAfter), now);
    if (expected === null) expect(result).toBeNull();
    else expect(result).toMatchObject(expected);
    if (status === 429 && retryAfter === "0") expect(result).not.toHaveProperty("afterMs");
    expect(classifyHealth(answered(status, retryAfter), now).ok).toBe(expected === null);
  });
});
