import { createServer } from "node:net";
import { resolve } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { v7 } from "uuid";
import { ensureFirstAdmin, type FirstAdmin } from "./agents/ensure-first-admin.js";
import { showFirstAdmin } from "./agents/show-first-admin.js";
import { createApi } from "./api.js";
import { registerAttachmentRoutes } from "./attachments/attachment-routes.js";
import { openAttachmentStorage } from "./attachments/attachment-storage.js";
import { createChannelHost } from "./channel-host.js";
import { checkChannels } from "./channels/health/check-channels.js";
import { registerChannelRoutes } from "./channels/http/channel-routes.js";
import { ChannelRegistry } from "./channels/registry/channel-registry.js";
import { type ImportedChannel, importChannels } from "./channels/registry/import-channels.js";
import { syncChannels } from "./channels/registry/sync-channels.js";
import { Clock } from "./clock.js";
import { type Config, coreSettings, type RunningConfig, readConfig } from "./config.js";
import { UnknownSchemaError } from "./database/check-schema.js";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./database/embedded/embedded-postgres.js";
import type { Durability } from "./database/embedded/server-setup.js";
import { untilReachable } from "./database/until-reachable.js";
import { Events } from "./events/events.js";
import { DeliveryWorker } from "./forwarding/deliveries/delivery-worker.js";
import { createGraphqlServer } from "./graphql/server.js";
import { registerHealthRoutes } from "./health-routes.js";
import { deferredReports } from "./inbound/deferred-reports.js";
import { Interpreter } from "./inbound/interpreter.js";
import { registerOriginalRoutes } from "./inbound/original-routes.js";
import { type RecurringJob, type Scheduler, startScheduler } from "./jobs/scheduler.js";
import { describeError, type Logger } from "./logger.js";
import { describeMisspelt, findMisspelt } from "./misspelt-settings.js";
import { openDatabase } from "./orm.js";
import { PresenceTracker } from "./presence/presence-tracker.js";
import { recurringJobs } from "./recurring-jobs.js";
import type { Services } from "./services.js";
import { SessionCache } from "./sessions/session-cache.js";
import { type Environment, SettingsError, type SettingsFault } from "./settings-error.js";
import { loadOrCreateAppSecret } from "./tokens/load-or-create-app-secret.js";
import { lockViewer } from "./visitors/lock-viewer.js";

export interface App {
  readonly services: Services;
  readonly worker: DeliveryWorker;
  readonly interpreter: Interpreter;
  /** Where this process listens; never null after the start. */
  readonly url: string;
  /**
   * Calls `show` once: with the first admin that this start has made, or null. A generated password is valid only from then
   * on; when it is not shown, because the process ends before or `show` throws, the next start generates another.
   */
  showFirstAdmin(show: (admin: FirstAdmin | null) => void): Promise<void>;
  /** Resolves when the embedded database has ended by itself: the program cannot go on. */
  readonly lost: Promise<void>;
  /** Finishes or releases the work in hand and closes everything, in reverse order of the start. */
  stop(): Promise<void>;
}

export interface AppOptions {
  readonly logger: Logger;
  /** Of the embedded database; tests do without. */
  readonly durability?: Durability;
  /** Breaks the start off: what has started is closed again, and `startApp` rejects. */
  readonly signal?: AbortSignal;
}

/** How long attempts in hand may take after the stop was asked for. */
const stopGraceMs = 10_000;
const reconnectEveryMs = 300_000;

/**
 * Starts the whole program: what starts here, from top to bottom, closes in reverse. When a part cannot start, those
 * before it are closed again.
 * @throws {SettingsError} naming every fault of the settings
 */
export async function startApp(environment: Environment, options: AppOptions): Promise<App> {
  const { logger, signal } = options;
  const { config: given, channels: loaded } = await readSettings(environment, logger);
  const closing: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let close = closing.pop(); close !== undefined; close = closing.pop()) {
      await close().catch((error) => logger.error("a part could not be closed", { cause: describeError(error) }));
    }
  };
  try {
    const embedded = given.databaseUrl === null ? await startEmbedded(given, options) : null;
    if (embedded !== null) closing.push(() => embedded.stop());
    const databaseUrl = given.databaseUrl ?? embedded?.url ?? "";
    const config = await settle(given);
    signal?.throwIfAborted();

    const events = new Events();
    const open = () => openDatabase(databaseUrl, config.databasePoolSize, (event) => events.publish(event));
    const reaching = { what: "database", setting: "DATABASE_URL", logger, signal };
    const database = await untilReachable(open, reaching).catch((error) => {
      throw explainDatabaseError(error, given);
    });
    closing.push(() => database.close());
    const clock = new Clock();
    await database.synchronize(clock);

    const channels = new ChannelRegistry(loaded, logger, (plugin) => createChannelHost(services, plugin));
    const sessions = new SessionCache({ database, clock, events, appSecrets: config.appSecrets });
    closing.push(async () => sessions.close());
    const presence = new PresenceTracker({ database, clock, events, logger });
    const attachments = await openAttachmentStorage(config.dataDirectory, config.attachmentsBucket);
    closing.push(() => attachments.close());
    const services: Services = {
      config,
      clock,
      database,
      events,
      channels,
      presence,
      sessions,
      attachments,
      logger,
    };
    // Before anything is served: whoever finds the program ready can sign in.
    const firstAdmin = await ensureFirstAdmin(services);
    await syncChannels(services);
    closing.push(() => channels.close());
    await channels.connectAll();
    signal?.throwIfAborted();
    closing.push(watchChannels(services));

    const worker = new DeliveryWorker(services, deferredReports(services));
    // Processes without visitors take part too: they keep the time, and notice others that died.
    await presence.start();
    closing.push(() => presence.stop());
    const interpreter = new Interpreter(services);
    closing.push(() => interpreter.stop(stopGraceMs));
    closing.push(interpretWhenKept(services, interpreter));
    if (config.role === "api") {
      closing.push(await serve(services, () => true));
    } else {
      const jobs = recurringJobs(services, worker, interpreter);
      const scheduler = await startJobs(services, jobs, databaseUrl, signal);
      closing.push(() => scheduler.stop());
      closing.push(() => worker.stop(stopGraceMs));
      const stopListening = events.listen("deliveriesQueued", () => {
        worker.work().catch((error) => logger.error("delivering failed", { cause: describeError(error) }));
      });
      closing.push(async () => stopListening());
      closing.push(await serve(services, () => scheduler.ready()));
    }
    const url = `http://${urlHost(config.host)}:${config.port}`;
    return {
      ...{ services, worker, interpreter, url, stop },
      showFirstAdmin: (show) => showFirstAdmin(services, firstAdmin, show),
      lost: embedded?.exited ?? new Promise(() => {}),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Settings {
  readonly config: Config;
  readonly channels: readonly ImportedChannel[];
}

/** Reads the program's settings and every channel's, so that all faults come at once, after what was probably misspelt. */
async function readSettings(environment: Environment, logger: Logger): Promise<Settings> {
  const faults: SettingsFault[] = [];
  let config: Config | null = null;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    faults.push(...error.faults);
  }
  const loaded = await importChannels(environment);
  faults.push(...loaded.faults);
  for (const misspelt of findMisspelt(environment, { core: coreSettings, channels: loaded.settings })) {
    logger.warn(describeMisspelt(misspelt));
  }
  if (config === null || faults.length > 0) throw new SettingsError(faults);
  return { config, channels: loaded.channels };
}

async function startEmbedded(config: Config, options: AppOptions): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    directory: resolve(config.dataDirectory, "postgres"),
    logger: options.logger,
    durability: options.durability ?? "full",
  });
}

/** Adds what only the start can know: a free port, the addresses, the kept secret. */
export async function settle(config: Config): Promise<RunningConfig> {
  const port = config.port === 0 ? await freePort(config.host) : config.port;
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  const appSecrets = config.appSecrets ?? [await loadOrCreateAppSecret(config.dataDirectory)];
  return { ...config, port, publicUrl, websiteUrl: config.websiteUrl ?? publicUrl, appSecrets };
}

async function startJobs(
  services: Services,
  jobs: readonly RecurringJob[],
  databaseUrl: string,
  signal?: AbortSignal,
): Promise<Scheduler> {
  const { config, logger } = services;
  const start = () => startScheduler({ jobsUrl: config.jobsUrl ?? databaseUrl, jobs, processName: v7(), logger });
  const setting = config.jobsUrl === null ? "DATABASE_URL" : "JOBS_URL";
  return await untilReachable(start, { what: "jobs' database", setting, logger, signal });
}

/** In every process: whoever took a mail in has what it means found out at once; the job does what is left. */
function interpretWhenKept(services: Services, interpreter: Interpreter): () => Promise<void> {
  const stopListening = services.events.listen("originalKept", ({ channel }) => {
    interpreter
      .workOn(channel)
      .catch((error) => services.logger.error("interpreting failed", { channel, cause: describeError(error) }));
  });
  return async () => stopListening();
}

async function serve(services: Services, jobsReady: () => boolean): Promise<() => Promise<void>> {
  const { config } = services;
  const fastify: FastifyInstance = Fastify({ bodyLimit: 1_048_576, forceCloseConnections: "idle" });
  registerHealthRoutes(fastify, services, jobsReady);
  registerAttachmentRoutes(fastify, services, lockViewer);
  registerChannelRoutes(fastify, services);
  registerOriginalRoutes(fastify, services);
  const graphql = await createGraphqlServer(createApi(services), fastify);
  const stop = async (): Promise<void> => {
    await graphql.stop();
    await fastify.close();
  };
  try {
    await fastify.listen({ port: config.port, host: config.host });
  } catch (error) {
    await stop();
    throw explainListenError(error, config);
  }
  return stop;
}

/** Asks every channel for its health now, and connects what could not be connected every few minutes, in each process. */
function watchChannels(services: Services): () => Promise<void> {
  const complain = (error: unknown) =>
    services.logger.error("channels could not be checked", { cause: describeError(error) });
  let checking = checkChannels(services).catch(complain);
  const timer = setInterval(() => {
    checking = services.channels.connectAll().catch(complain);
  }, reconnectEveryMs);
  return async () => {
    clearInterval(timer);
    await checking;
  };
}

function explainDatabaseError(error: unknown, { databaseUrl, dataDirectory }: Config): unknown {
  if (!(error instanceof UnknownSchemaError)) return error;
  return new Error(
    databaseUrl === null
      ? `The database in ${dataDirectory} ${error.reason}: set DATA_DIR to another directory.`
      : `The database of DATABASE_URL ${error.reason}: set DATABASE_URL to an empty database.`,
  );
}

function explainListenError(error: unknown, config: RunningConfig): unknown {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "EADDRINUSE") {
    return new Error(
      `Port ${config.port} on ${config.host} is taken: set PORT to another one, or end the program that has it.`,
    );
  }
  if (code === "EADDRNOTAVAIL" || code === "EACCES") {
    return new Error(`Cannot listen on ${config.host}:${config.port} (${String(code)}): change HOST or PORT.`);
  }
  return error;
}

/** A port that nobody listens on; PORT=0 asks for it, and links must name it before the server listens. */
async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, failed) => server.once("error", failed).listen(0, host, done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("The system gave no free port.");
  return address.port;
}

function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
