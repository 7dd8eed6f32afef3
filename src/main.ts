import "reflect-metadata";
import type { FirstAdmin } from "./agents/ensure-first-admin.js";
import { type App, startApp } from "./app.js";
import { createLogger, describeError } from "./logger.js";
import { SettingsError } from "./settings-error.js";
import { stopOnSignals } from "./stop-on-signals.js";

/** After this time the process exits anyway: leases and heartbeats make that as safe as a crash. */
const maxStopMs = 25_000;

const logger = createLogger(process.env.LOG_LEVEL || "info");

// From the very beginning, so that an interrupted start leaves no database behind.
const stopping = stopOnSignals((signal) => {
  logger.info("stopping", { signal });
  setTimeout(() => process.exit(1), maxStopMs).unref();
});
try {
  const app = await startApp(process.env, { logger, signal: stopping });
  await greet(app);
  if (stopping.aborted) await stop(app);
  stopping.addEventListener("abort", () => void stop(app));
  void app.databaseLost.then(() => {
    if (stopping.aborted) return;
    logger.error("the embedded database has exited unexpectedly: see postgres.log in DATA_DIR");
    process.exit(1);
  });
} catch (error) {
  if (stopping.aborted) process.exit(0);
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

async function greet(app: App): Promise<void> {
  try {
    await app.showFirstAdmin((admin) => print(app, admin));
  } catch (error) {
    await app.stop();
    throw error;
  }
}

function print(app: App, firstAdmin: FirstAdmin | null): void {
  const { config, channels } = app.services;
  const lines = [
    "",
    "Afterchat is running.",
    `  GraphQL         ${config.publicUrl}/graphql`,
    `  Subscriptions   ${config.publicUrl.replace(/^http/, "ws")}/graphql`,
    `  Website         ${config.websiteUrl}`,
    `  Console         ${config.publicUrl}/console`,
    ...(config.demoWebsite ? [`  Demo website    ${config.publicUrl}`] : []),
    ...(config.introspection ? [`  API explorer    ${config.publicUrl}/graphql, in a browser`] : []),
    config.databaseUrl === null
      ? `  Database        embedded, in ${config.dataDirectory}`
      : "  Database        DATABASE_URL",
    ...channels
      .all()
      .filter((channel) => channel.connection !== null)
      .flatMap((channel) => [
        `  Channel         ${channel.plugin.name}`,
        ...(channel.connection?.startNotes ?? []).map((note) => `                  ${note}`),
      ]),
  ];
  if (firstAdmin !== null) {
    lines.push(`  First admin     ${firstAdmin.email}`);
    if (firstAdmin.password !== null) lines.push(`  Password        ${firstAdmin.password}   (shown only now)`);
  }
  process.stdout.write(`${lines.join("\n")}\n\n`);
}

async function stop(app: App): Promise<void> {
  const silent = app.databaseSilent().then(() => {
    logger.error("the database does not answer: exiting without finishing what is in progress");
    process.exit(1);
  });
  await Promise.race([app.stop(), silent]);
  process.exit(0);
}

function explain(error: unknown): string {
  if (!(error instanceof SettingsError)) return `Afterchat could not start. ${describeError(error)}`;
  const faults = error.faults.map((fault) => `  ${fault.variable} ${fault.problem}`);
  return ["Afterchat could not start: invalid settings.", ...faults].join("\n");
}
