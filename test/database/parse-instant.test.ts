import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import pg from "pg";
import { parseInstant } from "../../src/database/parse-instant.js";

const driver = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

describe("parsing PostgreSQL timestamps", () => {
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
  ])("parses %s as the driver does", (text) => {
    expect(parseInstant(text)).toEqual(driver(text));
  });

  test("parses any instant from year 1 to year 9999 as the driver does", () => {
    const instant = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(instant, fc.stringMatching(/^\d{0,3}$/), (date, microseconds) => {
        const text = `${date.toISOString().replace("T", " ").slice(0, -1)}${microseconds}+00`;
        expect(parseInstant(text)).toEqual(driver(text));
      }),
    );
  });
});
