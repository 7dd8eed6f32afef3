import { makeDataDirectory } from "../support/app/data-directory.js";
import { Program } from "../support/app/program.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";

/** So many addresses, each of which is a network of its own. */
export function networks(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `127.0.1.${index + 1}`);
}

/** A network that is none of these. */
export const elsewhere = "127.0.2.1";

/** Makes so many at the same time. */
export function times<Made>(count: number, make: (index: number) => Promise<Made>): Promise<Made[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

/** Makes so many for these networks in turn: one after the other for each of them, but all networks at the same time. */
export async function inTurn<Made>(
  from: readonly string[],
  count: number,
  make: (from: string) => Promise<Made>,
): Promise<Made[]> {
  const made: Made[] = [];
  const makeFor = async (address: string, first: number) => {
    for (let index = first; index < count; index += from.length) made.push(await make(address));
  };
  await Promise.all(from.map(makeFor));
  return made;
}

export interface StartedProgram {
  readonly program: Program;
  /** Ends it and removes what it has stored. */
  stop(): Promise<void>;
}

/** Starts the program in a process of its own, where it may open as many files as the test does here. */
export async function startProgram(): Promise<StartedProgram> {
  const database = await createMigratedDatabase();
  const directory = await makeDataDirectory();
  const cleanUp = async () => {
    await database.drop();
    await directory.remove();
  };
  try {
    const program = await Program.start({
      DATABASE_URL: database.url,
      DATA_DIR: directory.path,
      APP_SECRET: "a secret of the tests that is long enough",
      ADMIN_EMAIL: "admin@example.com",
      ADMIN_PASSWORD: "an admin's password",
      CHANNELS: "",
    });
    const stop = async () => {
      await program.end("SIGKILL");
      await cleanUp();
    };
    return { program, stop };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}
