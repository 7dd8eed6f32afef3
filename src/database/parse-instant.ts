import pg from "pg";

const parseAny = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

/** As PostgreSQL writes instants of our era when the session's time zone is UTC, which the mapper's sessions are. */
const utcPattern = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/;

/**
 * A timestamptz as Date. In UTC its digits stand where they always do, and reading them one by one takes a tenth of the
 * driver's time: lists have a hundred of them. Whatever else there is (infinity, before Christ) is left to the driver.
 */
export function parseInstant(text: string): Date | number {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  // Date.UTC takes years below 100 for those of the last century.
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
