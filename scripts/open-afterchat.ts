import { resolve } from "node:path";
import type { Company } from "../plugins/email/check/compose-check-mail.js";
import { emailChannel } from "../plugins/email/index.js";
import { type App, settle, startApp } from "../src/app.js";
import { createQuietHost, type QuietHost } from "../src/channel-host.js";
import type { Environment, Logger } from "../src/channels/channel.js";
import { Clock } from "../src/clock.js";
import type { Config, RunningConfig } from "../src/config.js";
import { findRunningEmbedded } from "../src/database/embedded/running-embedded.js";
import { createLogger } from "../src/logger.js";
import { openDatabase } from "../src/orm.js";

/** An Afterchat whose ways in are open, as a command beside it sees it. */
export interface OpenAfterchat {
  readonly host: QuietHost;
  readonly company: Company;
  close(): Promise<void>;
}

const answerMs = 2_000;
const connections = 2;

/**
 * Joins the program that runs with these settings, by its database; where none listens on PORT, starts one without jobs,
 * which takes mail in and sends none.
 */
export async function openAfterchat(
  environment: Environment,
  config: Config,
  { print, signal }: { readonly print: (line: string) => void; readonly signal: AbortSignal },
): Promise<OpenAfterchat> {
  // The command speaks in sentences of its own; who wants the log as well, asks for it.
  const logger = createLogger(environment.LOG_LEVEL || "silent");
  const address = `http://${urlHost(config.host)}:${config.port}`;
  if (config.port !== 0 && (await isRunning(address))) {
    print(`Beside the Afterchat that runs at ${address}.`);
    return joinRunning(config, address, logger);
  }
  // Before the start: a database that is away is waited for.
  print("No Afterchat runs here: one is started until the check ends. It sends nothing but the check's mails.");
  const app = await startApp({ ...environment, ROLE: "api" }, { logger, signal });
  try {
    return describeOwn(app, print);
  } catch (error) {
    await app.stop();
    throw error;
  }
}

async function joinRunning(config: Config, address: string, logger: Logger): Promise<OpenAfterchat> {
  const directory = resolve(config.dataDirectory, "postgres");
  const databaseUrl = config.databaseUrl ?? (await findRunningEmbedded(directory));
  if (databaseUrl === null) {
    throw new Error(
      `An Afterchat runs at ${address}, but its database is not in ${directory}: give this command its settings (DATA_DIR or DATABASE_URL), or another PORT.`,
    );
  }
  const database = await openDatabase(databaseUrl, connections, () => undefined);
  try {
    const clock = new Clock();
    await database.synchronize(clock);
    const running = await settle(config);
    return {
      host: createQuietHost({ clock, config: running, database, logger }, emailChannel),
      company: companyOf(running),
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function describeOwn(app: App, print: (line: string) => void): OpenAfterchat {
  const { services, firstAdmin } = app;
  if (firstAdmin !== null) {
    const password = firstAdmin.password === null ? "" : `, password ${firstAdmin.password} (shown only now)`;
    print(`It made the first admin: ${firstAdmin.email}${password}`);
  }
  if (services.channels.get(emailChannel.id)?.connection == null) {
    throw new Error("CHANNELS leaves email out, or it could not be connected: see the log (LOG_LEVEL=info).");
  }
  return {
    host: createQuietHost(services, emailChannel),
    company: companyOf(services.config),
    close: () => app.stop(),
  };
}

function companyOf({ companyName, companyLocale, websiteUrl }: RunningConfig): Company {
  return { name: companyName, locale: companyLocale, website: websiteUrl };
}

async function isRunning(address: string): Promise<boolean> {
  try {
    const answer = await fetch(`${address}/health`, { signal: AbortSignal.timeout(answerMs) });
    return answer.ok && JSON.stringify(await answer.json()) === '{"status":"ok"}';
  } catch {
    // Nobody listens, or it is another program: starting one will say so.
    return false;
  }
}

function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
