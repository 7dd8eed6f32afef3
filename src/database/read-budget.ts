import { UserError } from "../errors.js";

/** In characters of all values together: a hundred full pages of ordinary messages have a third of it. */
const maxCharacters = 20_000_000;
/** So that an operation with many lists leaves connections to others, and notices soon that it has read enough. */
const maxStatementsAtOnce = 4;

/**
 * What one operation may read from the database: its rows stay in memory until it is answered. Statements that exceed the
 * number at once wait; once too much was read, those that follow are refused.
 */
export class ReadBudget {
  #characters = 0;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs a statement. @throws BAD_USER_INPUT once the rows exceed the budget */
  async spend<Row extends object>(read: () => Promise<Row[]>): Promise<Row[]> {
    // Whoever finishes hands its turn on, so the number of running statements stays the same.
    if (this.#running < maxStatementsAtOnce) this.#running += 1;
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    try {
      if (this.#characters > maxCharacters) throw tooMuch();
      const rows = await read();
      for (const row of rows) this.#characters += charactersOf(row);
      if (this.#characters > maxCharacters) throw tooMuch();
      return rows;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

function tooMuch(): UserError {
  return new UserError(
    "BAD_USER_INPUT",
    `This operation reads more than ${maxCharacters / 1_000_000} million characters. Ask for fewer lists, or smaller pages.`,
  );
}

/**
 * Of the texts in a value, those in JSON columns included. Loops instead of `Object.values`: every row that is listed is counted, and
 * the copies would cost more than the count.
 */
function charactersOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || value instanceof Date) return 0;
  let characters = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) characters += charactersOf(value[index]);
  } else {
    for (const key in value) characters += charactersOf((value as Record<string, unknown>)[key]);
  }
  return characters;
}
