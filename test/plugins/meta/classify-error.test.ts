import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { classifyError, type RefusedRequest } from "../../../plugins/meta/classify-error.js";
import { readGraphError } from "../../../plugins/meta/graph-error.js";
import { errorBody, type GraphErrorName, graphErrors } from "../../support/fakes/graph-api/graph-errors.js";

function refused(
  code: number,
  subcode?: number,
  more: Partial<RefusedRequest> & { readonly message?: string } = {},
): RefusedRequest {
  const { message = "(#) Refused.", ...rest } = more;
  const body = { error: { message, type: "OAuthException", code, error_subcode: subcode, fbtrace_id: "A" } };
  return { status: 400, error: readGraphError(body), sentAs: "response", waitMs: 0, attempt: 1, ...rest };
}

const outside = { message: "(#10) This message is sent outside of allowed window." };
const minuteMs = 60_000;

describe("A request that Meta refuses", () => {
  test.each([
    ["outside the window", refused(10, 2018278), "rejected WINDOW_CLOSED"],
    ["outside the window, by Instagram Login", refused(10, 2534022, { status: 403 }), "rejected WINDOW_CLOSED"],
    ["outside the window, with a tag without permission", refused(10, 2018065), "rejected WINDOW_CLOSED"],
    ["outside the window, by its message alone", refused(10, undefined, outside), "rejected WINDOW_CLOSED"],
    ["because the person blocked the Page", refused(10, 2018108), "rejected ADDRESS_INVALID"],
    ["because the person is unavailable", refused(551, 1545041), "rejected ADDRESS_INVALID"],
    ["because the person is unavailable, as 200", refused(200, 1545041), "rejected ADDRESS_INVALID"],
    ["while the Page is restricted", refused(10, 1893063), "retry CREDENTIALS_INVALID"],
    ["without a permission", refused(200), "retry CREDENTIALS_INVALID"],
    ["before the app is reviewed", refused(10, 2018028), "retry CREDENTIALS_INVALID"],
    ["without the capability", refused(3), "retry CREDENTIALS_INVALID"],
    ["without a permission, as 10", refused(10), "retry CREDENTIALS_INVALID"],
    ["without a permission, as 299", refused(299), "retry CREDENTIALS_INVALID"],
    ["because there is no such user", refused(100, 2018001), "rejected ADDRESS_INVALID"],
    ["because there is no such user on Instagram", refused(100, 2534014), "rejected ADDRESS_INVALID"],
    ["while another app owns the thread", refused(100, 2534037), "rejected UNKNOWN"],
    ["because it is too large", refused(100, 2018109), "rejected CONTENT_REJECTED"],
    ["because it is empty", refused(100, 2018034), "rejected CONTENT_REJECTED"],
    ["because it is invalid", refused(100, 2018032), "rejected CONTENT_REJECTED"],
    ["because its text is too long", refused(100), "rejected CONTENT_REJECTED"],
    ["for an invalid token", refused(190, undefined, { status: 401 }), "retry CREDENTIALS_INVALID"],
    ["for a token whose app was removed", refused(190, 458), "retry CREDENTIALS_INVALID"],
    ["for a token whose password changed", refused(190, 460), "retry CREDENTIALS_INVALID"],
    ["for an expired token", refused(190, 463), "retry CREDENTIALS_INVALID"],
    ["for an unknown error", refused(1, undefined, { status: 500 }), "retry UNAVAILABLE"],
    ["while it is down", refused(2, undefined, { status: 503 }), "retry UNAVAILABLE"],
    ["for now", refused(1200, 2018024), "retry UNAVAILABLE"],
    ["beyond the app's limit", refused(4), "retry RATE_LIMITED"],
    ["beyond the user's limit", refused(17), "retry RATE_LIMITED"],
    ["beyond the Page's limit", refused(32), "retry RATE_LIMITED"],
    ["beyond the application's limit", refused(341), "retry RATE_LIMITED"],
    ["beyond a custom limit", refused(613), "retry RATE_LIMITED"],
    ["beyond Instagram's limit", refused(80002), "retry RATE_LIMITED"],
    ["beyond Messenger's limit", refused(80006), "retry RATE_LIMITED"],
    ["as abusive", refused(368), "retry RATE_LIMITED"],
    ["with HTTP 429 and an unknown code", refused(99999, undefined, { status: 429 }), "retry RATE_LIMITED"],
    ["with HTTP 5xx and an unknown code", refused(99999, undefined, { status: 500 }), "retry UNAVAILABLE"],
    ["for an unknown reason", refused(99999), "rejected UNKNOWN"],
    ["with an error within HTTP 200", refused(10, 2018278, { status: 200 }), "rejected WINDOW_CLOSED"],
  ])("%s", (_, given, expected) => {
    const result = classifyError(given);
    expect(`${result.outcome} ${result.failure.code}`).toBe(expected);
    expect(result.failure.detail).toContain(given.error?.message);
    expect(result.failure.bounce).toBeUndefined();
  });

  test.each([
    [429, "retry RATE_LIMITED"],
    [503, "retry UNAVAILABLE"],
    [401, "retry CREDENTIALS_INVALID"],
    [413, "rejected CONTENT_REJECTED"],
    // A gateway may have forwarded it to Meta.
    [502, "uncertain UNKNOWN"],
    [504, "uncertain UNKNOWN"],
    [200, "uncertain UNKNOWN"],
  ])("with HTTP %i and no error", (status, expected) => {
    const result = classifyError({ status, error: null, sentAs: "response", waitMs: 0, attempt: 1 });
    expect(`${result.outcome} ${result.failure.code}`).toBe(expected);
  });

  test("waits as long as Meta says, otherwise longer with each attempt; hours after a block", () => {
    expect(classifyError(refused(4))).toMatchObject({ afterMs: minuteMs });
    expect(classifyError(refused(4, undefined, { attempt: 4 }))).toMatchObject({ afterMs: 8 * minuteMs });
    expect(classifyError(refused(4, undefined, { attempt: 40 }))).toMatchObject({ afterMs: 60 * minuteMs });
    expect(classifyError(refused(80006, undefined, { waitMs: 17 * minuteMs }))).toMatchObject({
      afterMs: 17 * minuteMs,
    });
    expect(classifyError(refused(368))).toMatchObject({ afterMs: 240 * minuteMs });
  });

  test.each([refused(10), refused(200), refused(10, 2018028)])(
    "for lack of the Human Agent permission does not pause the channel",
    (given) => {
      expect(classifyError({ ...given, sentAs: "human-agent" })).toMatchObject({
        outcome: "rejected",
        failure: { code: "WINDOW_CLOSED", detail: expect.stringContaining("Human Agent") },
      });
    },
  );

  test("is recognised for every error of the fake", () => {
    for (const name of Object.keys(graphErrors) as GraphErrorName[]) {
      const { code } = graphErrors[name];
      expect(readGraphError(errorBody(name))).toMatchObject({ code, traceId: "AFakeTrace" });
    }
  });

  test("never makes the classification throw", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.integer({ min: 100, max: 599 }), (code, subcode, status) => {
        const error = readGraphError({ error: { code, error_subcode: subcode } });
        const result = classifyError({ status, error, sentAs: "response", waitMs: 0, attempt: 1 });
        expect(result.failure.detail).not.toBe("");
      }),
    );
  });
});
