import pg from "pg";

const parseAny = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

/** As PostgreSQL writes instants of our era when the session's time zone is UTC, which the mapper's sessions are. */
const utcPattern = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/;

/**
 * A timestamptz as Date. In UTC it is ISO 8601 but for two characters, which the engine reads several times as fast as
 * the driver's parser, and a list has a hundred of them; whatever else there is (infinity, before Christ) is left to that.
 */
export function parseInstant(text: string): Date | number {
  return utcPattern.test(text) ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`) : parseAny(text);
}
