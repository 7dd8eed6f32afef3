import { resolve } from "node:path";
import type { Company } from "../plugins/email/check/compose-check-mail.js";
import { emailChannel } from "../plugins/email/index.js";
import { type App, completeConfig, startApp } from "../src/app.js";
import { type CommandHost, createCommandHost } from "../src/channel-host.js";
import type { Environment, Logger } from "../src/channels/channel.js";
import { Clock } from "../src/clock.js";
import type { Config, RunningConfig } from "../src/config.js";
import { findRunningEmbedded } from "../src/database/embedded/running-embedded.js";
import { urlHost } from "../src/listen.js";
import { createLogger } from "../src/logger.js";
import { openDatabase } from "../src/orm.js";

/** A running Afterchat that receives email, as another process accesses it. */
export interface OpenAfterchat {
  readonly host: CommandHost;
  readonly company: Company;
  close(): Promise<void>;
}

const healthTimeoutMs = 2_000;
const maxConnections = 2;

/**
 * Connects to the database of the program that runs with these settings. If none listens on PORT, starts one without
 * jobs, which receives email and sends none.
 */
export async function openAfterchat(
  environment: Environment,
  config: Config,
  { print, signal }: { readonly print: (line: string) => void; readonly signal: AbortSignal },
): Promise<OpenAfterchat> {
  // The command prints its own output; LOG_LEVEL adds the log.
  const logger = createLogger(environment.LOG_LEVEL || "silent");
  const address = `http://${urlHost(config.host)}:${config.port}`;
  if (config.port !== 0 && (await isRunning(address))) {
    print(`Using the Afterchat that runs at ${address}.`);
    return connectToRunning(config, address, logger);
  }
  // Printed first, because the start waits for an unavailable database.
  print("No Afterchat is running: starting one for the duration of the check. It sends only the check's emails.");
  const app = await startApp({ ...environment, ROLE: "api" }, { logger, signal });
  try {
    return await describeStarted(app, print);
  } catch (error) {
    await app.stop();
    throw error;
  }
}

async function connectToRunning(config: Config, address: string, logger: Logger): Promise<OpenAfterchat> {
  const directory = resolve(config.dataDirectory, "postgres");
  const databaseUrl = config.databaseUrl ?? (await findRunningEmbedded(directory));
  if (databaseUrl === null) {
    throw new Error(
      `An Afterchat runs at ${address}, but its database is not in ${directory}: run this command with the same DATA_DIR or DATABASE_URL, or with another PORT.`,
    );
  }
  const database = await openDatabase(databaseUrl, maxConnections, () => undefined);
  try {
    const clock = new Clock();
    await database.synchronize(clock);
    const running = await completeConfig(config);
    return {
      host: createCommandHost({ clock, config: running, database, logger }, emailChannel),
      company: companyOf(running),
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function describeStarted(app: App, print: (line: string) => void): Promise<OpenAfterchat> {
  const { services } = app;
  await app.showFirstAdmin((admin) => {
    if (admin === null) return;
    const password = admin.password === null ? "" : `, password ${admin.password} (shown only now)`;
    print(`Created the first admin: ${admin.email}${password}`);
  });
  if (services.channels.get(emailChannel.id)?.connection == null) {
    throw new Error("CHANNELS does not include email, or it could not be connected: see the log (LOG_LEVEL=info).");
  }
  return {
    host: createCommandHost(services, emailChannel),
    company: companyOf(services.config),
    close: () => app.stop(),
  };
}

function companyOf({ companyName, companyLocale, websiteUrl }: RunningConfig): Company {
  return { name: companyName, locale: companyLocale, website: websiteUrl };
}

async function isRunning(address: string): Promise<boolean> {
  try {
    const response = await fetch(`${address}/health`, { signal: AbortSignal.timeout(healthTimeoutMs) });
    return response.ok && JSON.stringify(await response.json()) === '{"status":"ok"}';
  } catch {
    // Nothing listens there, or another program does: starting one then reports that.
    return false;
  }
}
