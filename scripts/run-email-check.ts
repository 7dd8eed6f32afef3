import { parseArgs } from "node:util";
import { checkEmail, type SendingConfig } from "../plugins/email/check/check-email.js";
import type { Resolve } from "../plugins/email/inbound/authentication/authenticate-sender.js";
import { resolveWithin } from "../plugins/email/inbound/authentication/dns.js";
import { emailChannel, parseEmailAddress } from "../plugins/email/index.js";
import type { EmailConfig } from "../plugins/email/settings.js";
import { type Environment, SettingsError, type SettingsFault } from "../src/channels/channel.js";
import { recordReads } from "../src/channels/record-reads.js";
import { type Config, coreSettings, readConfig } from "../src/config.js";
import { describeError } from "../src/logger.js";
import { describeMisspelt, findMisspelt } from "../src/misspelt-settings.js";
import { openAfterchat } from "./open-afterchat.js";

export interface Running {
  readonly print: (line: string) => void;
  /** Ends the waiting, and the command soon after. */
  readonly signal: AbortSignal;
  /** How DNS is asked; this machine's resolver when left out. */
  readonly resolve?: Resolve;
  /** How it is called, for its usage; `npm run email:check --` when left out. */
  readonly command?: string;
}

/** A server that is polled, or that keeps unknown senders waiting, may take a minute. */
const loopSeconds = 120;
const personSeconds = 300;
const maxSeconds = 3_600;

/** `npm run email:check` with these settings and parameters. True: everything is in order. */
export async function runEmailCheck(
  environment: Environment,
  parameters: readonly string[],
  { print, signal, resolve, command = "npm run email:check --" }: Running,
): Promise<boolean> {
  const dns = resolveWithin();
  try {
    const { config, email } = readSettings(environment, print);
    const { address, waitMs } = readParameters(parameters, email);
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

/** @throws {SettingsError} naming every fault of the program's settings and of email's */
function readSettings(
  environment: Environment,
  print: (line: string) => void,
): { readonly config: Config; readonly email: SendingConfig } {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
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
  const { recorded, names } = recordReads(given, emailChannel.id);
  const email = attempt(() => emailChannel.configure(recorded) as EmailConfig | undefined);
  const known = { core: coreSettings, channels: new Map([[emailChannel.id, names()]]) };
  for (const misspelt of findMisspelt(environment, known)) print(`Warning: ${describeMisspelt(misspelt)}`);
  if (faults.length === 0 && (email === undefined || !isSending(email))) {
    const problem =
      "is not set, so emails reach nobody: name the server to send through, smtp[s]://user:password@host:port";
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

function readParameters(given: readonly string[], email: EmailConfig) {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(given);
  } catch (error) {
    throw new UsageError(`${describeError(error).split(". ", 1)[0]}.`);
  }
  const [text, ...more] = parsed.positionals;
  if (more.length > 0) throw new UsageError("Give one address, or none.");
  const address = text === undefined ? null : readAddress(text, email);
  const seconds = Number(parsed.values.wait ?? (address === null ? loopSeconds : personSeconds));
  if (!(seconds > 0 && seconds <= maxSeconds)) {
    throw new UsageError(`--wait takes a number of seconds, up to ${maxSeconds}.`);
  }
  return { address, waitMs: seconds * 1000 };
}

const parse = (given: readonly string[]) =>
  parseArgs({ args: [...given], options: { wait: { type: "string" } }, allowPositionals: true });

function readAddress(text: string, { from, replyDomain }: EmailConfig): string {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new UsageError(`${text} cannot be written to: ${parsed.problem}.`);
  const { address } = parsed;
  if (address.toLowerCase() === from.toLowerCase() || address.endsWith(`@${replyDomain}`)) {
    throw new UsageError(
      `${address} is Afterchat's own: give a mailbox of yours elsewhere, or none for the mail that comes back by itself.`,
    );
  }
  return address;
}

function explain(error: unknown, command: string): readonly string[] {
  if (error instanceof UsageError) return [error.message, `Usage: ${command} [you@example.com] [--wait SECONDS]`];
  if (!(error instanceof SettingsError)) return [`NOT IN ORDER: the check could not run. ${describeError(error)}`];
  const faults = error.faults.map((fault) => `  ${fault.variable} ${fault.problem}`);
  return ["NOT IN ORDER: these settings need mending.", ...faults];
}
