import type { MikroORM } from "@mikro-orm/postgresql";

// Any number that no other program uses on the same database: "after" in ASCII.
const migrationLock = 0x6166746572;

/**
 * Brings the schema up to date. Processes that start at once wait for each other under an advisory lock, so that each
 * migration runs once; the lock ends with its session, also when the process is killed.
 */
export async function migrate(orm: MikroORM): Promise<void> {
  await orm.em.fork().transactional(async (entityManager) => {
    await entityManager.execute(`SELECT pg_advisory_xact_lock(${migrationLock})`);
    await orm.migrator.up();
    // Tables of one row change too little to be analyzed by themselves: the planner would take them for hundreds, and
    // whatever is joined with them for too much to be found by an index.
    await entityManager.execute("ANALYZE forwarding_preference, contact_form");
  });
}
