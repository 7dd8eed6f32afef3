import "reflect-metadata";
import { type App, startApp } from "./app.js";
import { SettingsError } from "./channels/channel.js";
import { createLogger, describeError } from "./logger.js";

/** A stop that takes longer than this is ended by force: leases and heartbeats make it as safe as a crash. */
const longestStopMs = 25_000;

const logger = createLogger(process.env.LOG_LEVEL || "info");

try {
  const app = await startApp(process.env, { logger });
  print(app);
  stopOnSignals(app);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

function print(app: App): void {
  const { config, channels } = app.services;
  const lines = [
    "",
    "Afterchat is running.",
    `  GraphQL         ${config.publicUrl}/graphql`,
    `  Subscriptions   ${config.publicUrl.replace(/^http/, "ws")}/graphql`,
    `  Website         ${config.websiteUrl}`,
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
  if (app.firstAdmin !== null) {
    lines.push(`  First admin     ${app.firstAdmin.email}`);
    if (app.firstAdmin.password !== null) lines.push(`  Password        ${app.firstAdmin.password}   (shown only now)`);
  }
  process.stdout.write(`${lines.join("\n")}\n\n`);
}

function stopOnSignals(app: App): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    // A second signal means it: whoever sent it does not want to wait.
    if (stopping) process.exit(1);
    stopping = true;
    logger.info("stopping", { signal });
    setTimeout(() => process.exit(1), longestStopMs).unref();
    void app.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function explain(error: unknown): string {
  if (!(error instanceof SettingsError)) return `Afterchat could not start. ${describeError(error)}`;
  const faults = error.faults.map((fault) => `  ${fault.variable} ${fault.problem}`);
  return ["Afterchat could not start: these settings need mending.", ...faults].join("\n");
}
