import pg from "pg";
import type { Statement } from "./database.js";

const names = new Map<string, string>();

/**
 * A connection that prepares the program's statements wherever they come from. Within transactions they pass through the
 * mapper, which hands on their text alone: unnamed, each would be parsed and planned anew every time, which for the
 * larger ones takes longer than running them.
 */
export class PreparedStatementClient extends pg.Client {
  // `never` is what all the overloads of the driver's method have in common; it answers as they say.
  override query(...given: unknown[]): never {
    const [text, values, ...others] = given;
    const name = typeof text === "string" ? names.get(text) : undefined;
    const passed = name === undefined ? given : [{ name, text }, values, ...others];
    return Reflect.apply(super.query, this, passed) as never;
  }
}

/** From now on the statement's text is prepared under its name. */
export function registerStatement({ name, text }: Statement): void {
  names.set(text, name);
}
