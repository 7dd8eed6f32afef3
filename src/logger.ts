import { type DestinationStream, pino } from "pino";

/** Structured: a sentence for people, and fields for machines. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

const secrets = ["password", "token", "authorization", "secret", "key", "code", "cookie"];

/** A structured log, one JSON object a line. Fields whose name tells of a secret are redacted. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const log = pino(
    {
      // The settings are checked later, and name a level that does not exist.
      level: level === "silent" || level in pino.levels.values ? level : "info",
      base: null,
      redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? standardOutput(),
  );
  return {
    debug: (message, fields) => log.debug(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    error: (message, fields) => log.error(fields ?? {}, message),
  };
}

// A terminal that was closed answers EIO, and pino would try for ever to write its last line there (sonic-boom 4.2,
// flushSync), so that the program could not end. What pino does for a closed pipe: nothing is written any more.
function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true });
  const nothing = () => {};
  output.on("error", () =>
    Object.assign(output, { write: nothing, flushSync: nothing, end: nothing, destroy: nothing }),
  );
  return output;
}

/**
 * What a thrown value says, on one line for the log: its message (or code, where Node leaves the message empty), without
 * the credentials of URLs in it; never stack or cause.
 */
export function describeError(error: unknown): string {
  const said = error instanceof Error ? error.message || ("code" in error && String(error.code)) || error.name : error;
  return String(said).replace(/\/\/[^\s/@]*@/g, "//…@");
}
