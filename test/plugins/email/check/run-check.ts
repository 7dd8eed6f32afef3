import { createTestHost } from "afterchat/channel-contract";
import { checkEmail, type SendingConfig } from "../../../../plugins/email/check/check-email.js";
import type { Resolve } from "../../../../plugins/email/inbound/authentication/authenticate-sender.js";
import { emailChannel } from "../../../../plugins/email/index.js";
import { runEmailCheck } from "../../../../scripts/run-email-check.js";
import type { Environment } from "../../../../src/settings-error.js";

/** Nothing is in DNS. */
const emptyDns: Resolve = async (name) => {
  throw Object.assign(new Error(`queryTxt ENOTFOUND ${name}`), { code: "ENOTFOUND" });
};

export interface Checked {
  readonly inOrder: boolean;
  /** All that was printed. */
  readonly said: string;
  /** The errors, each with its advice. */
  readonly wrong: readonly string[];
}

interface Running {
  readonly resolve?: Resolve;
  readonly signal?: AbortSignal;
  /** Told of each line as it is printed. */
  readonly onLine?: (line: string) => unknown;
}

/** Runs `npm run email:check` as an operator does, with these settings and parameters. */
export async function runCheck(
  environment: Environment,
  parameters: readonly string[] = ["--wait", "20"],
  { resolve = emptyDns, signal = new AbortController().signal, onLine = () => undefined }: Running = {},
): Promise<Checked> {
  return listen(async (print) => runEmailCheck(environment, parameters, { print, signal, resolve }), onLine);
}

/**
 * The same check without any Afterchat, which soon gives up waiting: for what is told before anything could come in. It
 * needs no database. `publicUrl`: where the webhook is looked for.
 */
export async function runCheckAlone(
  environment: Environment,
  { publicUrl = "http://localhost:4000" }: { readonly publicUrl?: string } = {},
): Promise<Checked> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const config = emailChannel.configure(given) as SendingConfig;
  const address = config.replyVia === "website" ? "ana@visitor.example" : null;
  const company = { name: "Harbour Bikes", locale: null, website: "http://localhost:4000" };
  const { signal } = new AbortController();
  const host = { ...createTestHost(), publicUrl: new URL(publicUrl), now: () => new Date() };
  return listen((print) => checkEmail({ config, host, company, address, waitMs: 1, resolve: emptyDns, print, signal }));
}

async function listen(
  run: (print: (line: string) => void) => Promise<boolean>,
  onLine: (line: string) => unknown = () => undefined,
): Promise<Checked> {
  const lines: string[] = [];
  const inOrder = await run((line) => {
    lines.push(line);
    onLine(line);
  });
  const said = lines.join("\n");
  return { inOrder, said, wrong: said.match(/^ERROR .*(?:\n {7}→ .*)?/gm) ?? [] };
}
