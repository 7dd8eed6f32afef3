import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import pg from "pg";
import { parseInstant } from "../../src/database/parse-instant.js";

const driver = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

describe("instants as PostgreSQL writes them", () => {
  test.each([
    "2026-03-01 12:00:00+00",
    "2026-03-01 12:00:00.1+00",
    "2026-03-01 12:00:00.123456+00",
    "1969-12-31 23:59:59.999+00",
    "0001-01-01 00:00:00+00",
    "2026-03-01 17:30:00.5+05:30",
    "2026-03-01 07:00:00-05",
    "12026-03-01 12:00:00+00",
    "0044-03-15 12:00:00+00 BC",
    "infinity",
    "-infinity",
  ])("%s is read as the driver reads it", (text) => {
    expect(parseInstant(text)).toEqual(driver(text));
  });

  test("any instant of our era is read as the driver reads it", () => {
    const instant = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(instant, fc.stringMatching(/^\d{0,3}$/), (date, microseconds) => {
        const text = `${date.toISOString().replace("T", " ").slice(0, -1)}${microseconds}+00`;
        expect(parseInstant(text)).toEqual(driver(text));
      }),
    );
  });
});
