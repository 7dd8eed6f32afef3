import type { MikroORM } from "@mikro-orm/postgresql";
import { checkSchema } from "./check-schema.js";
import { noTimeLimit, withoutTimeLimit } from "./time-limits.js";

// An arbitrary key for the advisory lock: "after" in ASCII.
const migrationLock = 0x6166746572;

/**
 * Brings the schema up to date. Processes that start at once wait for each other under an advisory lock, so that each
 * migration runs once; the lock ends with its session, also when the process is killed.
 * @throws {UnknownSchemaError} when it is another version's, and changes nothing then
 */
export async function migrate(orm: MikroORM): Promise<void> {
  await withoutTimeLimit(() => migrateInTransaction(orm));
}

async function migrateInTransaction(orm: MikroORM): Promise<void> {
  await orm.em.fork().transactional(async (entityManager) => {
    await entityManager.execute(noTimeLimit);
    await entityManager.execute(`SELECT pg_advisory_xact_lock(${migrationLock})`);
    await checkSchema(orm, entityManager);
    await orm.migrator.up({ transaction: entityManager.getTransactionContext() });
    // Autovacuum never analyzes tables of one row: the planner would assume hundreds of rows, and join them without using
    // an index.
    await entityManager.execute("ANALYZE forwarding_preference, contact_form");
  });
}
