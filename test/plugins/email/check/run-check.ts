import { createTestHost } from "afterchat/channel-contract";
import { checkEmail, type SendingConfig } from "../../../../plugins/email/check/check-email.js";
import type { Resolve } from "../../../../plugins/email/inbound/authentication/authenticate-sender.js";
import { emailChannel } from "../../../../plugins/email/index.js";
import { runEmailCheck } from "../../../../scripts/run-email-check.js";
import type { Environment } from "../../../../src/settings-error.js";

/** A DNS without records. */
const emptyDns: Resolve = async (name) => {
  throw Object.assign(new Error(`queryTxt ENOTFOUND ${name}`), { code: "ENOTFOUND" });
};

export interface CheckResult {
  readonly passed: boolean;
  /** Everything that was printed. */
  readonly output: string;
  /** The errors, each with its advice. */
  readonly errors: readonly string[];
}

interface RunOptions {
  readonly resolve?: Resolve;
  readonly signal?: AbortSignal;
  /** Called with each line as it is printed. */
  readonly onLine?: (line: string) => unknown;
}

/** Runs `npm run email:check` with these settings and parameters. */
export async function runCheck(
  environment: Environment,
  parameters: readonly string[] = ["--wait", "20"],
  { resolve = emptyDns, signal = new AbortController().signal, onLine = () => undefined }: RunOptions = {},
): Promise<CheckResult> {
  return collect(async (print) => runEmailCheck(environment, parameters, { print, signal, resolve }), onLine);
}

/**
 * Runs the check without an Afterchat program and without a database. It stops waiting immediately: use it for what is
 * reported before an email could be received. `publicUrl`: where it looks for the webhook.
 */
export async function runCheckAlone(
  environment: Environment,
  { publicUrl = "http://localhost:4000" }: { readonly publicUrl?: string } = {},
): Promise<CheckResult> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const config = emailChannel.configure(given) as SendingConfig;
  const address = config.replyVia === "website" ? "ana@visitor.example" : null;
  const company = { name: "Harbour Bikes", locale: null, website: "http://localhost:4000" };
  const { signal } = new AbortController();
  const host = { ...createTestHost(), publicUrl: new URL(publicUrl), now: () => new Date() };
  return collect((print) =>
    checkEmail({ config, host, company, address, waitMs: 1, resolve: emptyDns, print, signal }),
  );
}

async function collect(
  run: (print: (line: string) => void) => Promise<boolean>,
  onLine: (line: string) => unknown = () => undefined,
): Promise<CheckResult> {
  const lines: string[] = [];
  const passed = await run((line) => {
    lines.push(line);
    onLine(line);
  });
  const output = lines.join("\n");
  return { passed, output, errors: output.match(/^ERROR .*(?:\n {7}→ .*)?/gm) ?? [] };
}
