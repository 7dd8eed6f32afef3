import { AsyncLocalStorage } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import type { MikroORM, SqlEntityManager } from "@mikro-orm/postgresql";
import { CompiledQuery, type Transaction as KyselyTransaction } from "kysely";
import type { Pool, QueryArrayConfig } from "pg";
import type { Clock } from "../clock.js";
import type { ChangeEvent } from "../events/events.js";
import { migrate } from "./migrate.js";
import { Ping } from "./ping.js";
import { registerStatement } from "./prepared-statement-client.js";
import type { ReadBudget } from "./read-budget.js";
import { noTimeLimit, withoutTimeLimit } from "./time-limits.js";

/** A named SQL statement: prepared once per connection, which halves its cost on hot paths. Parameters are `$1`, `$2` … */
export interface Statement {
  /** Empty for one that is prepared each time it runs. */
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
    private readonly pingConnection: Ping,
    /** The transaction that the running code is part of, to notice a second connection. */
    private readonly inTransaction: AsyncLocalStorage<{ isOpen: boolean }>,
    private readonly budget: ReadBudget | null = null,
  ) {}

  /** Migrates; closes `orm` again when that fails. `announce` gets the events of transactions that have committed. */
  static async open(orm: MikroORM, announce: (event: ChangeEvent) => void): Promise<Database> {
    try {
      await migrate(orm);
      const pool = (await orm.em.getDriver().getConnection().getNativeClient()) as Pool;
      return new Database(orm, pool, announce, new Ping(pool), new AsyncLocalStorage());
    } catch (error) {
      await orm.close();
      throw error;
    }
  }

  /** The same database, whose single statements read within this budget; its transactions do not. */
  within(budget: ReadBudget): Database {
    return new Database(this.orm, this.pool, this.announce, this.pingConnection, this.inTransaction, budget);
  }

  /** One statement in a transaction of its own; throws within a transaction, whose `query` has to be used there. */
  async query<Row>(statement: Statement, parameters: readonly unknown[]): Promise<Row[]> {
    this.#forbidSecondConnection(statement.name);
    const config = { name: statement.name, text: statement.text, values: [...parameters] };
    const read = async () => (await this.pool.query<Record<string, unknown>>(config)).rows;
    const rows = await (this.budget === null ? read() : this.budget.spend(read));
    return rows.map(camelCaseRow) as Row[];
  }

  /** The same, with each row as its values in the order of the columns: `RowMapper` reads them. */
  async queryValues({ name, text }: Statement, parameters: readonly unknown[]): Promise<unknown[][]> {
    this.#forbidSecondConnection(name);
    const config: QueryArrayConfig<unknown[]> = { name, text, values: [...parameters], rowMode: "array" };
    const read = async () => (await this.pool.query<unknown[]>(config)).rows;
    return this.budget === null ? read() : this.budget.spend(read);
  }

  /** Runs `work` in one transaction, on one connection; throws within another transaction. */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    this.#forbidSecondConnection("a transaction");
    const events: ChangeEvent[] = [];
    const current = { isOpen: true };
    const result = await this.orm.em.fork().transactional(async (entityManager) => {
      const context = entityManager.getTransactionContext<KyselyTransaction<unknown>>();
      if (context === undefined) throw new Error("A transaction has no context: the mapper's contract has changed.");
      const transaction: Transaction = {
        entityManager,
        query: async <Row>(statement: Statement, parameters: readonly unknown[]) => {
          registerStatement(statement);
          const { rows } = await context.executeQuery(CompiledQuery.raw(statement.text, [...parameters]));
          return rows.map((row) => camelCaseRow(row as Record<string, unknown>)) as Row[];
        },
        publish: (event) => void events.push(event),
      };
      // What outlives the transaction, such as a timer that `work` sets, may use the database again.
      return this.inTransaction
        .run(current, () => work(transaction))
        .finally(() => {
          current.isOpen = false;
        });
    });
    for (const event of events) this.announce(event);
    return result;
  }

  /**
   * The same for changes of so many rows that a statement may take minutes. Requests must not wait for the rows it locks:
   * use it for what an admin does rarely.
   */
  longTransaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const long = async (transaction: Transaction): Promise<T> => {
      await transaction.query(liftTimeLimit, []);
      return work(transaction);
    };
    return withoutTimeLimit(() => this.transaction(long));
  }

  /**
   * Operations that hold a connection while they wait for another one wait for each other as soon as the pool is empty:
   * a few of them at once would block the program for good.
   */
  #forbidSecondConnection(wanted: string): void {
    if (this.inTransaction.getStore()?.isOpen !== true) return;
    throw new Error(
      `A transaction was about to take a second connection, for ${wanted}: pass the transaction on and use its query.`,
    );
  }

  /**
   * Resolves if the database answers, within 1.5 seconds.
   * @throws {SilentDatabaseError} if it does not, and otherwise what connecting throws
   */
  async ping(): Promise<void> {
    await this.pingConnection.send();
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

const liftTimeLimit: Statement = { name: "lift-time-limit", text: noTimeLimit };
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
