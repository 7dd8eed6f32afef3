import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, startApp } from "../../../src/app.js";
import { planDueDeliveries } from "../../../src/forwarding/deliveries/plan-deliveries.js";
import type { Logger } from "../../../src/logger.js";
import { createLogger } from "../../../src/logger.js";
import { reapPresence } from "../../../src/presence/reap-presence.js";
import type { Environment } from "../../../src/settings-error.js";
import { createMigratedDatabase } from "../services/migrated-database.js";
import type { TestDatabase } from "../services/test-database.js";
import { GraphqlClient } from "./graphql-client.js";

export const adminEmail = "admin@example.com";
export const adminPassword = "an admin's password";

/**
 * The whole program on a real database and a port of its own, driven by a clock that the test moves: its own jobs come
 * only every five minutes, so `tick` does their work when the test says so.
 */
export class TestApp {
  private constructor(
    readonly app: App,
    readonly client: GraphqlClient,
    private readonly database: TestDatabase | null,
    private readonly directory: string,
  ) {}

  /** `environment` adds to or replaces the settings of the tests; with DATABASE_URL the caller drops the database. */
  static async start(environment: Environment = {}, logger: Logger = createLogger("silent")): Promise<TestApp> {
    const database = environment.DATABASE_URL === undefined ? await createMigratedDatabase() : null;
    const directory = await mkdtemp(join(tmpdir(), "afterchat-data-"));
    try {
      const app = await startApp(
        {
          PORT: "0",
          DATABASE_URL: database?.url,
          DATA_DIR: directory,
          APP_SECRET: "a secret of the tests that is long enough",
          ADMIN_EMAIL: adminEmail,
          ADMIN_PASSWORD: adminPassword,
          CHECK_INTERVAL_SECONDS: "300",
          CHANNELS: "email",
          COMPANY_NAME: "Harbour Bikes",
          ...environment,
        },
        { logger },
      );
      return new TestApp(app, new GraphqlClient(app.url), database, directory);
    } catch (error) {
      await database?.drop();
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Moves the time forward, as it passes for every process: the heart goes on beating. */
  async advance(seconds: number): Promise<void> {
    await this.app.services.presence.flush();
    this.app.services.clock.advance(seconds * 1000);
    await this.app.services.presence.sendHeartbeat();
  }

  /** What the jobs do every few seconds: presence, what came in, the due check, delivering. Resolves when nothing is left to do now. */
  async tick(): Promise<void> {
    const { services, worker, interpreter } = this.app;
    await services.presence.flush();
    await reapPresence(services);
    await interpreter.work();
    await planDueDeliveries(services);
    await worker.work();
  }

  /** `advance`, then `tick`. */
  async pass(seconds: number): Promise<void> {
    await this.advance(seconds);
    await this.tick();
  }

  async signInAdmin(): Promise<GraphqlClient> {
    const { signIn } = await this.client.do(
      "mutation ($email: String!, $password: String!) { signIn(input: { email: $email, password: $password }) { token } }",
      { email: adminEmail, password: adminPassword },
    );
    return this.client.as(signIn.token);
  }

  async startVisitor(input: Record<string, unknown> = {}): Promise<GraphqlClient> {
    const { startSession } = await this.client.do(
      "mutation ($input: StartSessionInput!) { startSession(input: $input) { token } }",
      { input },
    );
    return this.client.as(startSession.token);
  }

  async stop(): Promise<void> {
    await this.app.stop();
    await this.database?.drop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
