import { performance } from "node:perf_hooks";
import type { MikroORM, SqlEntityManager } from "@mikro-orm/postgresql";
import { CompiledQuery, type Transaction as KyselyTransaction } from "kysely";
import type { Pool, QueryArrayConfig } from "pg";
import type { Clock } from "../clock.js";
import type { ChangeEvent } from "../events/events.js";
import { migrate } from "./migrate.js";
import { registerStatement } from "./prepared-statement-client.js";
import type { ReadBudget } from "./read-budget.js";

/** A named SQL statement: prepared once per connection, which halves its cost on hot paths. Parameters are `$1`, `$2` … */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What an operation reads and writes within one transaction. */
export interface Transaction {
  readonly entityManager: SqlEntityManager;
  query<Row>(statement: Statement, parameters: readonly unknown[]): Promise<Row[]>;
  /** Published to subscribers once the transaction has committed; never if it is rolled back. */
  publish(event: ChangeEvent): void;
}

export class Database {
  private constructor(
    readonly orm: MikroORM,
    private readonly pool: Pool,
    private readonly announce: (event: ChangeEvent) => void,
    private readonly budget: ReadBudget | null = null,
  ) {}

  /** Migrates; closes `orm` again when that fails. `announce` gets the events of transactions that have committed. */
  static async open(orm: MikroORM, announce: (event: ChangeEvent) => void): Promise<Database> {
    try {
      await migrate(orm);
      const pool = (await orm.em.getDriver().getConnection().getNativeClient()) as Pool;
      return new Database(orm, pool, announce);
    } catch (error) {
      await orm.close();
      throw error;
    }
  }

  /** The same database, whose single statements read within this budget; its transactions do not. */
  within(budget: ReadBudget): Database {
    return new Database(this.orm, this.pool, this.announce, budget);
  }

  /** One statement in a transaction of its own. */
  async query<Row>(statement: Statement, parameters: readonly unknown[]): Promise<Row[]> {
    const config = { name: statement.name, text: statement.text, values: [...parameters] };
    const read = async () => (await this.pool.query<Record<string, unknown>>(config)).rows;
    const rows = await (this.budget === null ? read() : this.budget.spend(read));
    return rows.map(camelCaseRow) as Row[];
  }

  /** The same, with each row as its values in the order of the columns: `RowMapper` reads them. */
  async queryValues({ name, text }: Statement, parameters: readonly unknown[]): Promise<unknown[][]> {
    const config: QueryArrayConfig<unknown[]> = { name, text, values: [...parameters], rowMode: "array" };
    const read = async () => (await this.pool.query<unknown[]>(config)).rows;
    return this.budget === null ? read() : this.budget.spend(read);
  }

  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const events: ChangeEvent[] = [];
    const result = await this.orm.em.fork().transactional(async (entityManager) => {
      const context = entityManager.getTransactionContext<KyselyTransaction<unknown>>();
      if (context === undefined) throw new Error("A transaction has no context: the mapper's contract has changed.");
      return work({
        entityManager,
        query: async <Row>(statement: Statement, parameters: readonly unknown[]) => {
          registerStatement(statement);
          const { rows } = await context.executeQuery(CompiledQuery.raw(statement.text, [...parameters]));
          return rows.map((row) => camelCaseRow(row as Record<string, unknown>)) as Row[];
        },
        publish: (event) => void events.push(event),
      });
    });
    for (const event of events) this.announce(event);
    return result;
  }

  /** Sets the clock by the database's. */
  async synchronize(clock: Clock): Promise<void> {
    const beforeMs = performance.now();
    const [row] = await this.query<{ now: Date }>(readClock, []);
    if (row !== undefined) clock.synchronize(row.now, beforeMs, performance.now());
  }

  async close(): Promise<void> {
    await this.orm.close();
  }
}

const readClock: Statement = { name: "read-clock", text: "SELECT clock_timestamp() AS now" };

const camelCaseNames = new Map<string, string>();

function camelCaseRow(row: Record<string, unknown>): Record<string, unknown> {
  const renamed: Record<string, unknown> = {};
  for (const column in row) {
    let name = camelCaseNames.get(column);
    if (name === undefined) {
      name = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      camelCaseNames.set(column, name);
    }
    renamed[name] = row[column];
  }
  return renamed;
}
