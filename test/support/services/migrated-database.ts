import { openDatabase } from "../../../src/orm.js";
import { administer, copyDatabase, type TestDatabase, urlOf } from "./test-database.js";

/** Any number that no other program uses: one worker migrates, the others wait for it. */
const templateLock = 0x74656d70;

let template: Promise<string> | undefined;

/** A database of its own with the schema in place: a copy of one that was migrated once for the whole run. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  template ??= makeTemplate();
  return copyDatabase(await template);
}

async function makeTemplate(): Promise<string> {
  const name = process.env.TEST_TEMPLATE;
  if (name === undefined) throw new Error("TEST_TEMPLATE is not set: run the tests with npm test");
  await administer(async (client) => {
    await client.query("SELECT pg_advisory_lock($1)", [templateLock]);
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (rowCount !== 0) return;
    const draft = `${name}_draft`;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft}`);
    const database = await openDatabase(urlOf(draft), 5, () => {});
    await database.close();
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  });
  return name;
}
