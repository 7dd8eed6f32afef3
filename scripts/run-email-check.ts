import { parseArgs } from "node:util";
import { checkEmail, type SendingConfig } from "../plugins/email/check/check-email.js";
import type { Resolve } from "../plugins/email/inbound/authentication/authenticate-sender.js";
import { createResolver } from "../plugins/email/inbound/authentication/dns.js";
import { emailChannel, parseEmailAddress } from "../plugins/email/index.js";
import type { EmailConfig } from "../plugins/email/settings.js";
import { type Environment, SettingsError, type SettingsFault } from "../src/channels/channel.js";
import { type Config, coreSettings, readConfig } from "../src/config.js";
import { describeError } from "../src/logger.js";
import { describeMisspelt, findMisspelt } from "../src/misspelt-settings.js";
import { openAfterchat } from "./open-afterchat.js";

export interface RunOptions {
  readonly print: (line: string) => void;
  /** Stops the waiting, and ends the command soon after. */
  readonly signal: AbortSignal;
  /** Queries DNS; by default with this machine's resolver. */
  readonly resolve?: Resolve;
  /** How it is called, for its usage; `npm run email:check --` when left out. */
  readonly command?: string;
}

/** A server that is polled, or that greylists unknown senders, may take a minute. */
const loopWaitSeconds = 120;
const personWaitSeconds = 300;
const maxWaitSeconds = 3_600;

/** Runs `npm run email:check` with these settings and arguments. True: there were no errors. */
export async function runEmailCheck(
  environment: Environment,
  args: readonly string[],
  { print, signal, resolve, command = "npm run email:check --" }: RunOptions,
): Promise<boolean> {
  const dns = createResolver();
  try {
    const { config, email } = readSettings(environment, print);
    const { address, waitMs } = readArguments(args, email);
    const afterchat = await openAfterchat(environment, config, { print, signal });
    try {
      const { host, company } = afterchat;
      return await checkEmail({
        ...{ config: email, host, company, address, waitMs, print, signal },
        resolve: resolve ?? dns.resolve,
      });
    } finally {
      await afterchat.close();
    }
  } catch (error) {
    for (const line of explain(error, command)) print(line);
    return false;
  } finally {
    dns.close();
  }
}

/** @throws {SettingsError} naming every fault of the program's and the email channel's settings */
function readSettings(
  environment: Environment,
  print: (line: string) => void,
): { readonly config: Config; readonly email: SendingConfig } {
  const values = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const faults: SettingsFault[] = [];
  const attempt = <Value>(read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const config = attempt(() => readConfig(environment));
  const email = attempt(() => emailChannel.configure(values) as EmailConfig | undefined);
  const names = emailChannel.settings.map(({ name }) => name);
  const known = { core: coreSettings, channels: new Map([[emailChannel.id, names]]) };
  for (const misspelt of findMisspelt(environment, known)) print(`Warning: ${describeMisspelt(misspelt)}`);
  if (faults.length === 0 && (email === undefined || !isSending(email))) {
    const problem =
      "is not set, so no emails are sent: name the server to send through, as smtp[s]://user:password@host:port";
    faults.push({ variable: "EMAIL_SMTP_URL", problem });
  }
  if (config === undefined || email === undefined || !isSending(email)) throw new SettingsError(faults);
  if (faults.length > 0) throw new SettingsError(faults);
  return { config, email };
}

function isSending(email: EmailConfig): email is SendingConfig {
  return email.delivery.through === "smtp";
}

class UsageError extends Error {}

function readArguments(args: readonly string[], email: EmailConfig) {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError(`${describeError(error).split(". ", 1)[0]}.`);
  }
  const [text, ...more] = parsed.positionals;
  if (more.length > 0) throw new UsageError("Too many arguments: give at most one address.");
  const address = text === undefined ? null : readAddress(text, email);
  const seconds = Number(parsed.values.wait ?? (address === null ? loopWaitSeconds : personWaitSeconds));
  if (!(seconds > 0 && seconds <= maxWaitSeconds)) {
    throw new UsageError(`--wait must be a number of seconds, at most ${maxWaitSeconds}.`);
  }
  return { address, waitMs: seconds * 1000 };
}

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: { wait: { type: "string" } }, allowPositionals: true });

function readAddress(text: string, { from, replyDomain }: EmailConfig): string {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new UsageError(`Invalid address ${text}: it ${parsed.problem}.`);
  const { address } = parsed;
  if (address.toLowerCase() === from.toLowerCase() || address.endsWith(`@${replyDomain}`)) {
    throw new UsageError(
      `${address} is Afterchat's own address: use another mailbox of yours, or no address to send only the email that comes back by itself.`,
    );
  }
  return address;
}

function explain(error: unknown, command: string): readonly string[] {
  if (error instanceof UsageError) return [error.message, `Usage: ${command} [you@example.com] [--wait SECONDS]`];
  if (!(error instanceof SettingsError)) return [`FAILED: the check could not run. ${describeError(error)}`];
  const faults = error.faults.map((fault) => `  ${fault.variable} ${fault.problem}`);
  return ["FAILED: invalid settings.", ...faults];
}
