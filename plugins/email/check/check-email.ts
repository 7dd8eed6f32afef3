import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ChannelHost } from "afterchat/channel";
import { splitAddress } from "../address.js";
import type { Resolve } from "../inbound/authentication/authenticate-sender.js";
import { createRenderer } from "../outgoing/custom-template.js";
import { smtpTransport } from "../outgoing/smtp-transport.js";
import type { EmailConfig } from "../settings.js";
import { type Awaited, checkArrival, describeMissing, isLast } from "./check-arrival.js";
import { checkLogin, checkSending } from "./check-sending.js";
import { closeCheck, openCheck, removeOldChecks, takeCheckMails } from "./check-store.js";
import {
  type Company,
  composeCheckMail,
  type Purpose,
  replyAddress,
  type WritingChecks,
} from "./compose-check-mail.js";
import { doubt, type Finding, linesOf, wrong } from "./finding.js";
import { readCheckMail } from "./interpret-check-mail.js";
import { lookUpRecords } from "./look-up-records.js";
import { tryWaysIn } from "./try-sources.js";

/** Emails go out, and not into the mailbox at /mailbox. */
export type SendingConfig = EmailConfig & { readonly delivery: { readonly through: "smtp" } };

export interface EmailCheck {
  readonly config: SendingConfig;
  readonly host: Pick<ChannelHost, "logger" | "now" | "publicUrl" | "sign" | "store" | "verify">;
  readonly company: Company;
  /** A person there answers the check's mail; null: only what needs nobody is checked. */
  readonly address: string | null;
  /** For what is to come back, after the last mail was sent. */
  readonly waitMs: number;
  readonly resolve: Resolve;
  readonly print: (line: string) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

const loginMs = 30_000;
const pollIntervalMs = 250;
/** For one mail; its sender is looked up in DNS. */
const readingMs = 20_000;
/** How much longer than the waiting its addresses are good for. */
const marginMs = 300_000;

/**
 * Tries the whole way of an email: out by SMTP, what DNS says of it, and back by each way in; prints what it finds, and what
 * to do about it. What comes in for it is taken by whatever Afterchat is open on the same store. Sends one mail to an own
 * reply address, and one to `address`. True: mail travels as it is set up.
 */
export async function checkEmail(check: EmailCheck): Promise<boolean> {
  const { config, print, host } = check;
  const findings: Finding[] = [];
  const report = (...found: readonly Finding[]): void => {
    findings.push(...found);
    for (const line of found.flatMap(linesOf)) print(line);
  };
  print(`Emails come from ${config.from}; answers go to ${anyReplyAddress(config)}.`);
  const transport = smtpTransport(config.delivery, host.logger);
  const opened: string[] = [];
  const begin = async (): Promise<string> => {
    const id = randomUUID();
    opened.push(id);
    await openCheck(host, id, new Date(host.now().getTime() + check.waitMs + marginMs));
    return id;
  };
  try {
    await removeOldChecks(host);
    print("\nSending");
    const login = checkLogin(await transport.checkHealth(AbortSignal.timeout(loginMs)), config.delivery);
    report(login);
    print("\nDNS");
    report(...(await lookUpRecords(config, check.resolve)));
    print("\nWays in");
    for await (const finding of tryWaysIn(check, begin)) report(finding);
    if (login.judgement !== "fine") return conclude(check, findings);

    print("\nMails");
    const writing: WritingChecks = { ...check, makeBody: await createRenderer(config.template, loudly(check, report)) };
    const awaited: Awaited[] = [];
    for (const purpose of purposesOf(check)) {
      const id = await begin();
      const to = purpose === "loop" ? replyAddress(writing, id) : (check.address ?? "");
      const mail = await composeCheckMail(writing, { id, purpose, to });
      const server = config.delivery;
      const result = await transport.send(mail, id, check.signal);
      report(checkSending(result, { to, from: config.from, server }));
      if (result.outcome === "accepted" && config.answering === "email") awaited.push({ id, purpose, to });
    }
    await awaitMails(check, awaited, report);
    return conclude(check, findings);
  } finally {
    for (const id of opened) await closeCheck(host, id);
    await transport.close();
  }
}

/** What is sent: without any way in there is nothing that could come back by itself. */
function purposesOf({ config, address }: EmailCheck): readonly Purpose[] {
  return [
    ...(config.answering === "email" ? (["loop"] as const) : []),
    ...(address === null ? [] : (["answer"] as const)),
  ];
}

/** Reports what comes for the mails, until all have been heard of, the time is over, or somebody stops it. */
async function awaitMails(
  check: EmailCheck,
  awaited: readonly Awaited[],
  report: (...found: readonly Finding[]) => void,
): Promise<void> {
  const { config, host, print, signal, waitMs, resolve } = check;
  if (awaited.length === 0) return;
  const answering = awaited.find(({ purpose }) => purpose === "answer");
  if (answering !== undefined)
    print(`Answer the mail at ${answering.to}: this waits ${Math.round(waitMs / 1000)} s (Ctrl-C ends it).`);
  const startedMs = performance.now();
  const waiting = new Set(awaited);
  const passedMs = () => performance.now() - startedMs;
  // An answer from outside shows the way back as well: the other mail need not be waited for.
  let answered = false;
  while (waiting.size > 0 && !answered && !signal.aborted && passedMs() < waitMs) {
    for (const one of awaited) {
      for (const mail of await takeCheckMails(host, one.id)) {
        const meaning = await readCheckMail({ ...config, host, resolve }, one.id, mail, AbortSignal.timeout(readingMs));
        const afterSeconds = Math.round(passedMs() / 1000);
        report(...checkArrival(one, { meaning, via: mail.envelope.via, afterSeconds }));
        answered ||= one === answering && meaning.type === "answered";
        if (isLast(one, meaning)) waiting.delete(one);
      }
    }
    if (waiting.size > 0 && !answered) await pause(pollIntervalMs, undefined, { signal }).catch(() => undefined);
  }
  const waitedSeconds = Math.round(passedMs() / 1000);
  if (signal.aborted) report(wrong("It was stopped before everything had come."));
  else report(...[...waiting].map((one) => describeMissing(one, { config, waitedSeconds, answered })));
}

/** The operator's template failing is told by the log alone otherwise. */
function loudly({ host }: EmailCheck, report: (finding: Finding) => void): ChannelHost["logger"] {
  const error = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    report(doubt(`${message}.`, `Mend EMAIL_TEMPLATE: ${String(fields?.error ?? "see the log")}`));
  };
  return { ...host.logger, error };
}

/** The last line, which says it all. */
function conclude({ config, address, print }: EmailCheck, findings: readonly Finding[]): boolean {
  const faults = findings.filter(({ judgement }) => judgement === "wrong");
  const doubts = findings.filter(({ judgement }) => judgement === "doubt").length;
  print("");
  if (faults.length > 0) {
    print(
      `NOT IN ORDER: ${faults.length === 1 ? "one thing is" : `${faults.length} things are`} wrong (see WRONG above).`,
    );
    return false;
  }
  const travels =
    config.answering === "website"
      ? "emails go out; answers by email are not set up, and the emails say so"
      : address === null
        ? "emails go out, and answers come in"
        : "emails go out, and the answer came in";
  const warned = doubts === 0 ? "" : ` ${doubts === 1 ? "One warning" : `${doubts} warnings`} above.`;
  print(`IN ORDER: ${travels}.${warned}`);
  return true;
}

function anyReplyAddress({ from, replyDomain }: EmailConfig): string {
  if (replyDomain !== null) return `…@${replyDomain}`;
  const { localPart, domain } = splitAddress(from);
  return `${localPart.split("+", 1)[0]}+…@${domain}`;
}
