import pg from "pg";

const parseAny = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

/** PostgreSQL's output for instants AD when the session's time zone is UTC, as in all sessions of the mapper. */
const utcPattern = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/;

/**
 * A timestamptz as Date. In UTC the digits are at fixed positions, and reading them directly takes a tenth of the driver's
 * time, which matters for lists with a hundred of them. Other values (infinity, BC) are left to the driver.
 */
export function parseInstant(text: string): Date | number {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  // Date.UTC interprets years below 100 as 19xx.
  if (year < 100 || !utcPattern.test(text)) return parseAny(text);
  return new Date(
    Date.UTC(
      year,
      twoDigits(text, 5) - 1,
      twoDigits(text, 8),
      twoDigits(text, 11),
      twoDigits(text, 14),
      twoDigits(text, 17),
      milliseconds(text),
    ),
  );
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

/** The first three digits of the fraction, which PostgreSQL writes without the zeros at its end. */
function milliseconds(text: string): number {
  const end = Math.min(text.length - 3, 23);
  let value = 0;
  for (let at = 20, weight = 100; at < end; at += 1, weight /= 10) value += (text.charCodeAt(at) - 48) * weight;
  return value;
}
