import { type App, startApp } from "../../../src/app.js";
import { planDueDeliveries } from "../../../src/forwarding/deliveries/plan-deliveries.js";
import { createLogger, type Logger } from "../../../src/logger.js";
import { reapPresence } from "../../../src/presence/reap-presence.js";
import type { Services } from "../../../src/services.js";
import type { Environment } from "../../../src/settings-error.js";
import { inDatabase } from "../services/in-database.js";
import { createMigratedDatabase } from "../services/migrated-database.js";
import type { TestDatabase } from "../services/test-database.js";
import { makeDataDirectory } from "./data-directory.js";
import { type Connection, type Data, GraphqlClient, type GraphqlError, type Subscription } from "./graphql-client.js";

export const adminEmail = "admin@example.com";
export const adminPassword = "an admin's password";

/**
 * The whole program on a real database and a port of its own, driven by a clock that the test moves: its own jobs come
 * only every five minutes, so `tick` does their work when the test says so.
 */
export class TestApp {
  readonly client: GraphqlClient;
  #begun = Promise.withResolvers<void>();

  private constructor(
    private readonly running: App,
    /** DATA_DIR. */
    readonly directory: string,
    private readonly cleanUp: () => Promise<void>,
  ) {
    this.client = new GraphqlClient(running.url);
    // A subscription has no acknowledgement of its own: the test learns here that the server has subscribed.
    const { events } = running.services;
    const subscribe = events.subscribe.bind(events);
    events.subscribe = (type, scope) => {
      const subscribed = subscribe(type, scope);
      this.#begun.resolve();
      this.#begun = Promise.withResolvers();
      return subscribed;
    };
  }

  /** `environment` adds to or replaces the settings of the tests; with DATABASE_URL the caller drops the database. */
  static async start(environment: Environment = {}, logger: Logger = createLogger("silent")): Promise<TestApp> {
    const database: TestDatabase | null =
      environment.DATABASE_URL === undefined ? await createMigratedDatabase() : null;
    const directory = await makeDataDirectory();
    const cleanUp = async () => {
      await database?.drop();
      await directory.remove();
    };
    const settings = {
      PORT: "0",
      DATABASE_URL: database?.url,
      DATA_DIR: directory.path,
      APP_SECRET: "a secret of the tests that is long enough",
      ADMIN_EMAIL: adminEmail,
      ADMIN_PASSWORD: adminPassword,
      CHECK_INTERVAL_SECONDS: "300",
      CHANNELS: "email",
      COMPANY_NAME: "Harbour Bikes",
      ...environment,
    };
    try {
      return new TestApp(await startApp(settings, { logger }), settings.DATA_DIR, cleanUp);
    } catch (error) {
      await cleanUp();
      throw error;
    }
  }

  get url(): string {
    return this.running.url;
  }

  get services(): Services {
    return this.running.services;
  }

  get showFirstAdmin(): App["showFirstAdmin"] {
    return this.running.showFirstAdmin;
  }

  get worker(): App["worker"] {
    return this.running.worker;
  }

  get interpreter(): App["interpreter"] {
    return this.running.interpreter;
  }

  /** Moves the time forward, as it passes for every process: the heart goes on beating. */
  async advance(seconds: number): Promise<void> {
    await this.services.presence.flush();
    this.services.clock.advance(seconds * 1000);
    await this.services.presence.sendHeartbeat();
  }

  /** What the jobs do every few seconds: presence, what came in, the due check, delivering. Resolves when nothing is left to do now. */
  async tick(): Promise<void> {
    const { services } = this;
    await services.presence.flush();
    await reapPresence(services);
    await this.interpreter.work();
    await planDueDeliveries(services);
    await this.worker.work();
  }

  /** `advance`, then `tick`. */
  async pass(seconds: number): Promise<void> {
    await this.advance(seconds);
    await this.tick();
  }

  signInAdmin(): Promise<GraphqlClient> {
    return this.client.signIn(adminEmail, adminPassword);
  }

  startVisitor(input: Data = {}): Promise<GraphqlClient> {
    return this.client.startSession(input);
  }

  /** Subscribes, and resolves once the server has: to what happens from now on, not to who has just come or gone. */
  async subscribe(connection: Connection, query: string, variables: Data = {}): Promise<Subscription> {
    await this.services.presence.flush();
    const begun = this.#begun.promise;
    const subscription = connection.subscribe(query, variables);
    await begun;
    return subscription;
  }

  /** Resolves once the server has begun the next subscription, whoever asked for it: a page in a browser, too. */
  nextSubscription(): Promise<void> {
    return this.#begun.promise;
  }

  /** Subscribes on a connection of its own: the code of the refusal, or null once the server has subscribed. */
  async trySubscribing(client: GraphqlClient, query: string, variables: Data = {}): Promise<string | null> {
    const connection = await client.connect();
    const begun = this.#begun.promise;
    const refused = connection.subscribe(query, variables).next();
    try {
      const answer = await Promise.race([refused, begun]);
      return answer === undefined ? null : codeOf(answer.errors);
    } finally {
      // It waits for an event that will not come any more.
      refused.catch(() => undefined);
      await connection.close();
    }
  }

  /** Runs a statement beside the program, as an operator does, and returns its rows. */
  execute<Row extends object = Data>(statement: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const { databaseUrl } = this.services.config;
    return inDatabase(databaseUrl ?? "", async (client) => (await client.query<Row>(statement, [...parameters])).rows);
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.cleanUp();
  }
}

/** The code of the one error; null when there is none. */
export function codeOf(errors: readonly GraphqlError[] | undefined): string | null {
  return errors?.[0]?.extensions.code ?? null;
}
