import type { MikroORM, SqlEntityManager } from "@mikro-orm/postgresql";

/** The database has a schema that this version can neither use nor migrate. */
export class UnknownSchemaError extends Error {
  /** `reason` continues a sentence that starts with "The database". */
  constructor(readonly reason: string) {
    super(`The database ${reason}: use an empty one.`);
    this.name = "UnknownSchemaError";
  }
}

/**
 * Checks which migrations the database has, without changing anything.
 * @throws {UnknownSchemaError} if it has one that this version does not know, or tables of the same names without any
 */
export async function checkSchema(orm: MikroORM, entityManager: SqlEntityManager): Promise<void> {
  const { tableName = "mikro_orm_migrations", migrationsList = [] } = orm.config.get("migrations");
  const known = new Set(migrationsList.map((migration) => ("name" in migration ? migration.name : undefined)));
  const executed = await readMigrations(entityManager, tableName);
  const unknown = executed.filter((name) => !known.has(name));
  const [first, ...more] = unknown;
  if (first !== undefined) {
    const migrations = more.length === 0 ? `migration ${first}` : `migration ${first} and ${more.length} more`;
    throw new UnknownSchemaError(`was made by another version of Afterchat (${migrations} is unknown to this version)`);
  }
  if (executed.length > 0) return;
  const entityTables = [...orm.getMetadata()].map(({ tableName }) => tableName);
  const tables = await existing(entityManager, entityTables);
  if (tables.length > 0) {
    throw new UnknownSchemaError(
      `already has tables that Afterchat would create (${tables.join(", ")}), and no record of its migrations`,
    );
  }
}

async function readMigrations(entityManager: SqlEntityManager, table: string): Promise<readonly string[]> {
  if ((await existing(entityManager, [table])).length === 0) return [];
  const rows: readonly { name: string }[] = await entityManager.execute(`SELECT name FROM ${table} ORDER BY id`);
  return rows.map(({ name }) => name);
}

/** Those of these tables that exist in the search path. */
async function existing(entityManager: SqlEntityManager, tables: readonly string[]): Promise<readonly string[]> {
  const rows: readonly { name: string }[] = await entityManager.execute(
    "SELECT name FROM jsonb_array_elements_text(?) AS name WHERE to_regclass(name) IS NOT NULL ORDER BY name",
    [JSON.stringify(tables)],
  );
  return rows.map(({ name }) => name);
}
