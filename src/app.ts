import type { IncomingMessage } from "node:http";
import { resolve } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { v7 } from "uuid";
import { ensureFirstAdmin, type FirstAdmin } from "./agents/ensure-first-admin.js";
import { Passwords } from "./agents/passwords.js";
import { showFirstAdmin } from "./agents/show-first-admin.js";
import { createApi } from "./api.js";
import { registerAttachmentRoutes } from "./attachments/attachment-routes.js";
import { openAttachmentStorage } from "./attachments/attachment-storage.js";
import { BlockedNetworks } from "./blocked-networks/blocked-networks.js";
import { createChannelHost } from "./channel-host.js";
import { checkChannels } from "./channels/health/check-channels.js";
import { connectChannels } from "./channels/health/connect-channels.js";
import { registerChannelRoutes } from "./channels/http/channel-routes.js";
import { ChannelRegistry } from "./channels/registry/channel-registry.js";
import { type ImportedChannel, importChannels } from "./channels/registry/import-channels.js";
import { syncChannels } from "./channels/registry/sync-channels.js";
import { Clock } from "./clock.js";
import { type Config, coreSettings, type RunningConfig, readConfig } from "./config.js";
import { LiveCounts } from "./counts/live-counts.js";
import { readCounts } from "./counts/read-counts.js";
import { UnknownSchemaError } from "./database/check-schema.js";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./database/embedded/embedded-postgres.js";
import type { Durability } from "./database/embedded/server-setup.js";
import { untilReachable } from "./database/until-reachable.js";
import { untilSilent } from "./database/until-silent.js";
import { Events } from "./events/events.js";
import { DeliveryWorker } from "./forwarding/deliveries/delivery-worker.js";
import { queueLimits } from "./graphql/request-queue.js";
import { createGraphqlServer } from "./graphql/server.js";
import { wantsWebSocket } from "./graphql/wants-web-socket.js";
import { registerHealthRoutes } from "./health-routes.js";
import { BodyReader } from "./http/body-reader.js";
import { limitConnections } from "./http/limit-connections.js";
import { parseBodies } from "./http/parse-bodies.js";
import { requestTimeouts } from "./http/request-timeouts.js";
import { watchBodies } from "./http/watch-bodies.js";
import { deferredReports } from "./inbound/deferred-reports.js";
import { Interpreter } from "./inbound/interpreter.js";
import { registerOriginalRoutes } from "./inbound/original-routes.js";
import { type RecurringJob, type Scheduler, startScheduler } from "./jobs/scheduler.js";
import { allowed, concurrencyLimits } from "./limits/limit-table.js";
import { MemoryShares } from "./limits/memory-shares.js";
import { networkOf } from "./limits/network-of.js";
import { RateLimits } from "./limits/rate-limits.js";
import { explainListenError, freePort, urlHost } from "./listen.js";
import { describeError, type Logger } from "./logger.js";
import { describeMisspelt, findMisspelt } from "./misspelt-settings.js";
import { openDatabase } from "./orm.js";
import { registerExplorer } from "./pages/explorer.js";
import { registerPageRoutes } from "./pages/page-routes.js";
import { PresenceTracker } from "./presence/presence-tracker.js";
import { recurringJobs } from "./recurring-jobs.js";
import type { Services } from "./services.js";
import { SessionCache } from "./sessions/session-cache.js";
import { type Environment, SettingsError, type SettingsFault } from "./settings-error.js";
import { loadOrCreateAppSecret } from "./tokens/load-or-create-app-secret.js";
import { clientAddress } from "./trust-proxy.js";
import { lockViewer } from "./visitors/lock-viewer.js";
import { warnOfProxy } from "./warn-of-proxy.js";

export interface App {
  readonly services: Services;
  readonly worker: DeliveryWorker;
  readonly interpreter: Interpreter;
  /** The address that this process listens on. */
  readonly url: string;
  /**
   * Calls `show` once, with the first admin if this start has created it, otherwise with null. A generated password is
   * stored only then: if it was not shown, because the process ended or `show` threw, the next start generates another.
   */
  showFirstAdmin(show: (admin: FirstAdmin | null) => void): Promise<void>;
  /** Resolves when the embedded database has exited unexpectedly: the program cannot continue. */
  readonly databaseLost: Promise<void>;
  /**
   * Watches the database while the app stops, and resolves once it has fallen silent: nothing in progress can be finished
   * then, and the process may exit as after a crash.
   */
  databaseSilent(): Promise<void>;
  /** Finishes or releases work in progress and closes everything, in reverse order of the start. */
  stop(): Promise<void>;
}

export interface AppOptions {
  readonly logger: Logger;
  /** Of the embedded database; tests turn it off. */
  readonly durability?: Durability;
  /** Aborts the start: what has been started is closed again, and `startApp` rejects. */
  readonly signal?: AbortSignal;
}

/** How long attempts in progress may take once the app is stopped. */
const stopGraceMs = 10_000;
const reconnectEveryMs = 300_000;

/**
 * Starts the whole program: what is started here, from top to bottom, is closed in reverse order. If a part cannot be
 * started, those before it are closed again.
 * @throws {SettingsError} with all invalid settings
 */
export async function startApp(environment: Environment, options: AppOptions): Promise<App> {
  const { logger, signal } = options;
  const { config: initial, channels: imported } = await readSettings(environment, logger);
  const closing: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let close = closing.pop(); close !== undefined; close = closing.pop()) {
      await close().catch((error) => logger.error("a part could not be closed", { cause: describeError(error) }));
    }
  };
  try {
    const embedded = initial.databaseUrl === null ? await startEmbedded(initial, options) : null;
    if (embedded !== null) closing.push(() => embedded.stop());
    const databaseUrl = initial.databaseUrl ?? embedded?.url ?? "";
    const config = await completeConfig(initial);
    signal?.throwIfAborted();

    const events = new Events();
    const open = () => openDatabase(databaseUrl, config.databasePoolSize, (event) => events.publish(event));
    const reachable = { what: "database", setting: "DATABASE_URL", logger, signal };
    const database = await untilReachable(open, reachable).catch((error) => {
      throw explainDatabaseError(error, initial);
    });
    closing.push(() => database.close());
    const clock = new Clock();
    await database.synchronize(clock);

    const channels = new ChannelRegistry(imported, logger, (plugin) => createChannelHost(services, plugin));
    const sessions = new SessionCache({ database, clock, events, appSecrets: config.appSecrets });
    closing.push(async () => sessions.close());
    const blockedNetworks = await BlockedNetworks.start({ database, clock, events, logger });
    closing.push(() => blockedNetworks.stop());
    const presence = new PresenceTracker({ database, clock, events, logger });
    const attachments = await openAttachmentStorage(config.dataDirectory, config.attachmentsBucket);
    closing.push(() => attachments.close());
    const counts = new LiveCounts({ events, logger }, () => readCounts(services));
    closing.push(() => counts.close());
    const services: Services = {
      config,
      clock,
      counts,
      database,
      events,
      limits: new RateLimits(database, config.limitsFactor),
      blockedNetworks,
      passwords: new Passwords(),
      channels,
      presence,
      sessions,
      attachments,
      logger,
    };
    // Before anything is served: once the program is ready, the admin can sign in.
    const firstAdmin = await ensureFirstAdmin(services);
    await syncChannels(services);
    closing.push(() => channels.close());
    await channels.connectAll();
    signal?.throwIfAborted();
    closing.push(watchChannels(services));

    const worker = new DeliveryWorker(services, deferredReports(services));
    // Processes without visitors take part too: they keep the clock in sync, and notice processes that died.
    await presence.start();
    closing.push(() => presence.stop());
    const interpreter = new Interpreter(services);
    closing.push(() => interpreter.stop(stopGraceMs));
    closing.push(interpretWhenStored(services, interpreter));
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
      // An embedded database has to be stopped in any case.
      databaseSilent: () => (embedded === null ? untilSilent(database) : new Promise(() => {})),
      databaseLost: embedded?.exited ?? new Promise(() => {}),
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

/** Reads the settings of the program and of all channels, so that all errors are reported together, and logs likely typos. */
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

/** Completes the configuration with what is only known at the start: a free port, the URLs, the stored secret. */
export async function completeConfig(config: Config): Promise<RunningConfig> {
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
  return await untilReachable(start, { what: "job store", setting, logger, signal });
}

/** Interprets originals as soon as they are stored, in the process that stored them; the job handles what is left. */
function interpretWhenStored(services: Services, interpreter: Interpreter): () => Promise<void> {
  const stopListening = services.events.listen("originalKept", ({ channel }) => {
    interpreter
      .workOn(channel)
      .catch((error) => services.logger.error("interpreting failed", { channel, cause: describeError(error) }));
  });
  return async () => stopListening();
}

async function serve(services: Services, jobsReady: () => boolean): Promise<() => Promise<void>> {
  const { config } = services;
  const fastify: FastifyInstance = Fastify({
    bodyLimit: 1_048_576,
    forceCloseConnections: "idle",
    trustProxy: config.trustProxy ?? false,
    requestTimeout: requestTimeouts.requestMs,
    keepAliveTimeout: requestTimeouts.keepAliveMs,
    connectionTimeout: requestTimeouts.silenceMs,
    http: {
      shouldUpgradeCallback: wantsWebSocket,
      headersTimeout: requestTimeouts.headersMs,
      connectionsCheckingInterval: requestTimeouts.checkEveryMs,
    },
  });
  warnOfProxy(fastify, services);
  const networkOfClient = (request: IncomingMessage) => networkOf(clientAddress(request, config.trustProxy));
  const bodies = new BodyReader(new MemoryShares(concurrencyLimits.bodyBytes.max), networkOfClient);
  limitConnections(
    fastify.server,
    {
      ofNetwork: allowed(concurrencyLimits.connectionsOfNetwork, config.limitsFactor),
      all: concurrencyLimits.connections.max,
    },
    (address) => config.trustProxy?.(address, 0) ?? false,
  );
  watchBodies(fastify.server);
  parseBodies(fastify, bodies);
  registerHealthRoutes(fastify, services, jobsReady);
  registerPageRoutes(fastify, services);
  registerAttachmentRoutes(fastify, services, lockViewer, networkOfClient);
  registerChannelRoutes(fastify, services, bodies);
  registerOriginalRoutes(fastify, services);
  const showExplorer = registerExplorer(fastify, services);
  const queues = queueLimits(config.databasePoolSize);
  const graphql = await createGraphqlServer(createApi(services), fastify, queues, showExplorer);
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

/** Checks the health of all channels now, and every few minutes connects those that could not be connected. */
function watchChannels(services: Services): () => Promise<void> {
  const logFailure = (error: unknown) =>
    services.logger.error("channels could not be checked", { cause: describeError(error) });
  let checking = checkChannels(services).catch(logFailure);
  const timer = setInterval(() => {
    checking = connectChannels(services).catch(logFailure);
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
