import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { pauseMs, readUsage } from "../../../plugins/meta/usage.js";

const minuteMs = 60_000;
const read = (headers: Readonly<Record<string, string>>) => readUsage({ get: (name) => headers[name] ?? null });

describe("Meta's rate limit usage", () => {
  test("is the highest value in the headers", () => {
    const app = JSON.stringify({ call_count: 28, total_time: 25, total_cputime: 31 });
    const cases = JSON.stringify({
      "104": [
        { type: "messenger", call_count: 95, total_cputime: 20, total_time: 20, estimated_time_to_regain_access: 7 },
      ],
      "105": [{ type: "instagram", call_count: 12, total_cputime: 20, total_time: 20 }],
    });
    expect(read({ "x-app-usage": app })).toEqual({ percent: 31, regainMs: 0 });
    expect(read({ "x-app-usage": app, "x-business-use-case-usage": cases })).toEqual({
      percent: 95,
      regainMs: 7 * minuteMs,
    });
  });

  test("is 0 if the headers are missing or malformed", () => {
    expect(read({})).toEqual({ percent: 0, regainMs: 0 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const usage = read({ "x-app-usage": text, "x-business-use-case-usage": text });
        expect(usage.percent).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test.each([
    [79, 0, 0],
    [80, 0, minuteMs],
    [90, 0, 5 * minuteMs],
    [95, 0, 15 * minuteMs],
    [100, 0, 15 * minuteMs],
    [100, 40 * minuteMs, 40 * minuteMs],
  ])("of %i percent (%i ms to regain) causes a pause of %i ms", (percent, regainMs, expected) => {
    expect(pauseMs({ percent, regainMs })).toBe(expected);
  });
});
