import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import pg from "pg";
import { Program } from "../../support/app/program.js";
import { createMigratedDatabase } from "../../support/services/migrated-database.js";
import type { TestDatabase } from "../../support/services/test-database.js";

// Starting processes is slow on a busy machine.
jest.setTimeout(60_000);

const key = 7;
/** Makes setting a password wait for the advisory lock `key`. */
const passwordsWait = `
CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN PERFORM pg_advisory_xact_lock(${key}); RETURN new; END
$$;
CREATE TRIGGER passwords_wait BEFORE UPDATE OF password_hash ON agents FOR EACH ROW EXECUTE FUNCTION wait_for_test();
`;

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createMigratedDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await Program.killAll();
  await client?.end();
  await database?.drop();
});

const settings = (more: Readonly<Record<string, string>> = {}) => ({
  DATABASE_URL: database.url,
  APP_SECRET: "a secret of the tests that is long enough",
  CHANNELS: "email",
  ...more,
});

async function untilReady(program: Program): Promise<void> {
  const isReady = () =>
    fetch(`${program.url}/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 5));
}

// In this order: each test continues with the data of the previous one.
describe("The first admin", () => {
  test("gets a new password when the program is killed before it showed the first", async () => {
    await client.query(passwordsWait);
    await client.query("SELECT pg_advisory_lock($1)", [key]);
    const killed = await Program.launch(settings());
    await untilReady(killed);
    await killed.end("SIGKILL");
    expect(killed.output).not.toContain("Password");
    await client.query("SELECT pg_advisory_unlock($1)", [key]);

    const program = await Program.start(settings());
    expect(program.output).toContain("First admin     admin@example.com");
    await program.signInAdmin();
    await program.end("SIGTERM");
  });

  test("can sign in with ADMIN_PASSWORD as soon as /ready answers 200", async () => {
    await client.query("DROP TRIGGER passwords_wait ON agents; TRUNCATE agents CASCADE");
    const password = "an admin's password";
    const program = await Program.launch(settings({ ADMIN_PASSWORD: password }));
    await untilReady(program);
    await program.signInAdmin(password);
    await program.prints("First admin     admin@example.com");
    expect(program.output).not.toContain("Password");
    await program.end("SIGTERM");
  });
});
