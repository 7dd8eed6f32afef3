import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { instantText } from "../../src/graphql/instant-text.js";

describe("instantText", () => {
  test("returns ISO 8601 in UTC with milliseconds, independent of earlier calls", () => {
    const days = fc.array(fc.date({ noInvalidDate: true }), { minLength: 1, maxLength: 3 });
    const within = fc.array(fc.integer({ min: -90_000_000, max: 90_000_000 }), { maxLength: 5 });
    fc.assert(
      fc.property(days, within, (dates, offsetsMs) => {
        const all = dates.flatMap((date) => [date, ...offsetsMs.map((ms) => new Date(date.getTime() + ms))]);
        for (const date of all.filter((each) => !Number.isNaN(each.getTime()))) {
          expect(instantText(date)).toBe(date.toISOString());
        }
      }),
    );
  });

  test("throws for an invalid date without affecting later calls", () => {
    expect(() => instantText(new Date(Number.NaN))).toThrow(RangeError);
    expect(instantText(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
  });
});
