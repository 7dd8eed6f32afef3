import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ChannelHost } from "afterchat/channel";
import { splitAddress } from "../address.js";
import type { Resolve } from "../inbound/authentication/authenticate-sender.js";
import { createRenderer } from "../outgoing/custom-template.js";
import { createSmtpTransport } from "../outgoing/smtp-transport.js";
import type { EmailConfig } from "../settings.js";
import { checkArrival, describeMissing, isFinal, type SentCheckMail } from "./check-arrival.js";
import { checkLogin, checkSending } from "./check-sending.js";
import { closeCheck, openCheck, removeOldChecks, takeCheckMails } from "./check-store.js";
import {
  type CheckMailOptions,
  type Company,
  composeCheckMail,
  type Purpose,
  replyAddress,
} from "./compose-check-mail.js";
import { type Finding, fail, formatFinding, warn } from "./finding.js";
import { interpretCheckMail } from "./interpret-check-mail.js";
import { lookUpRecords } from "./look-up-records.js";
import { trySources } from "./try-sources.js";

/** Emails are sent, not stored in the dev mailbox. */
export type SendingConfig = EmailConfig & { readonly delivery: { readonly through: "smtp" } };

export interface EmailCheck {
  readonly config: SendingConfig;
  readonly host: Pick<ChannelHost, "logger" | "now" | "publicUrl" | "sign" | "store" | "verify">;
  readonly company: Company;
  /** A person answers the email sent to this address; null: only what needs nobody is checked. */
  readonly address: string | null;
  /** How long to wait for answers after the last email was sent. */
  readonly waitMs: number;
  readonly resolve: Resolve;
  readonly print: (line: string) => void;
  /** Stops the waiting. */
  readonly signal: AbortSignal;
}

const loginTimeoutMs = 30_000;
const pollIntervalMs = 250;
/** For one email; its sender is looked up in DNS. */
const interpretTimeoutMs = 20_000;
/** How much longer than `waitMs` the check's addresses are valid. */
const marginMs = 300_000;

/**
 * Checks how email is configured: sending by SMTP, the DNS records, and receiving through each inbound source. Prints
 * what it finds, and what to do about it. Sends one email to a reply address of Afterchat, and one to `address`; what
 * arrives for them is received by the Afterchat that runs on the same store. True: there was no error.
 */
export async function checkEmail(check: EmailCheck): Promise<boolean> {
  const { config, print, host } = check;
  const findings: Finding[] = [];
  const report = (...added: readonly Finding[]): void => {
    findings.push(...added);
    for (const line of added.flatMap(formatFinding)) print(line);
  };
  print(`Emails are sent from ${config.from}; answers go to ${replyAddressPattern(config)}.`);
  const transport = createSmtpTransport(config.delivery, host.logger);
  const checkIds: string[] = [];
  const createCheck = async (): Promise<string> => {
    const id = randomUUID();
    checkIds.push(id);
    await openCheck(host, id, new Date(host.now().getTime() + check.waitMs + marginMs));
    return id;
  };
  try {
    await removeOldChecks(host);
    print("\nSending");
    const login = checkLogin(await transport.checkHealth(AbortSignal.timeout(loginTimeoutMs)), config.delivery);
    report(login);
    print("\nDNS");
    report(...(await lookUpRecords(config, check.resolve)));
    print("\nReceiving");
    for await (const finding of trySources(check, createCheck)) report(finding);
    if (login.level !== "ok") return conclude(check, findings);

    print("\nTest emails");
    const render = await createRenderer(config.template, reportErrors(check, report));
    const options: CheckMailOptions = { ...check, render };
    const sent: SentCheckMail[] = [];
    for (const purpose of purposesOf(check)) {
      const id = await createCheck();
      const to = purpose === "loop" ? replyAddress(options, id) : (check.address ?? "");
      const mail = await composeCheckMail(options, { id, purpose, to });
      const server = config.delivery;
      const result = await transport.send(mail, id, check.signal);
      report(checkSending(result, { to, from: config.from, server }));
      if (result.outcome === "accepted" && config.replyVia === "email") sent.push({ id, purpose, to });
    }
    await waitForMails(check, sent, report);
    return conclude(check, findings);
  } finally {
    for (const id of checkIds) await closeCheck(host, id);
    await transport.close();
  }
}

/** The emails to send. Without an inbound source, an email to a reply address cannot come back. */
function purposesOf({ config, address }: EmailCheck): readonly Purpose[] {
  return [
    ...(config.replyVia === "email" ? (["loop"] as const) : []),
    ...(address === null ? [] : (["answer"] as const)),
  ];
}

/** Reports what arrives, until nothing more is expected, the time is over, or it is stopped. */
async function waitForMails(
  check: EmailCheck,
  sent: readonly SentCheckMail[],
  report: (...found: readonly Finding[]) => void,
): Promise<void> {
  const { config, host, print, signal, waitMs, resolve } = check;
  if (sent.length === 0) return;
  const toPerson = sent.find(({ purpose }) => purpose === "answer");
  if (toPerson !== undefined)
    print(`Answer the email at ${toPerson.to}: waiting ${Math.round(waitMs / 1000)} s (stop with Ctrl-C).`);
  const startedMs = performance.now();
  const pending = new Set(sent);
  const elapsedMs = () => performance.now() - startedMs;
  // An external answer proves that receiving works: there is no need to wait for the other email.
  let answered = false;
  while (pending.size > 0 && !answered && !signal.aborted && elapsedMs() < waitMs) {
    for (const sentMail of sent) {
      for (const mail of await takeCheckMails(host, sentMail.id)) {
        const timeout = AbortSignal.timeout(interpretTimeoutMs);
        const meaning = await interpretCheckMail({ ...config, host, resolve }, sentMail.id, mail, timeout);
        const afterSeconds = Math.round(elapsedMs() / 1000);
        report(...checkArrival(sentMail, { meaning, via: mail.envelope.via, afterSeconds }));
        answered ||= sentMail === toPerson && meaning.type === "answered";
        if (isFinal(sentMail, meaning)) pending.delete(sentMail);
      }
    }
    if (pending.size > 0 && !answered) await pause(pollIntervalMs, undefined, { signal }).catch(() => undefined);
  }
  const waitedSeconds = Math.round(elapsedMs() / 1000);
  if (signal.aborted) report(fail("The check was stopped before all answers had arrived."));
  else report(...[...pending].map((sentMail) => describeMissing(sentMail, { config, waitedSeconds, answered })));
}

/** A failing custom template would otherwise only be logged. */
function reportErrors({ host }: EmailCheck, report: (finding: Finding) => void): ChannelHost["logger"] {
  const error = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    report(warn(`${message}.`, `Fix EMAIL_TEMPLATE: ${String(fields?.error ?? "see the log")}`));
  };
  return { ...host.logger, error };
}

/** Prints the result. */
function conclude({ config, address, print }: EmailCheck, findings: readonly Finding[]): boolean {
  const errors = findings.filter(({ level }) => level === "error").length;
  const warnings = findings.filter(({ level }) => level === "warning").length;
  print("");
  if (errors > 0) {
    print(`FAILED: ${errors === 1 ? "1 error" : `${errors} errors`}, see above.`);
    return false;
  }
  const result =
    config.replyVia === "website"
      ? "emails are sent; receiving answers is not configured, and the emails say so"
      : address === null
        ? "emails are sent, and answers are received"
        : "emails are sent, and the answer was received";
  const warned = warnings === 0 ? "" : ` ${warnings === 1 ? "1 warning" : `${warnings} warnings`}, see above.`;
  print(`PASSED: ${result}.${warned}`);
  return true;
}

function replyAddressPattern({ from, replyDomain }: EmailConfig): string {
  if (replyDomain !== null) return `…@${replyDomain}`;
  const { localPart, domain } = splitAddress(from);
  return `${localPart.split("+", 1)[0]}+…@${domain}`;
}
