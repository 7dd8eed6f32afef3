import type { Death, EachStatementReport } from "../../e2e/crashes/each-statement.js";
import type { Kill, KillReport } from "../../e2e/crashes/kill-run.js";

/** One line about a kill. */
export function describeKill(kill: Kill, number: number): string {
  const { moment } = kill;
  const aim = {
    starting: "while starting",
    running: "by the clock",
    "before-answer": "mail taken, unanswered",
    "after-answer": "250 just answered",
    "while-writing": "reply asked for",
  };
  const found = `${kill.queued} QUEUED, ${kill.sending} SENDING (${kill.taken} just taken by the server), ${kill.inFlight} replies in flight`;
  return `kill ${String(number).padStart(3)}  ${(kill.came === "in time" ? aim[moment.kind] : "nothing happened").padEnd(22)}  ${(kill.afterMs / 1000).toFixed(2).padStart(6)} s, ${kill.phase}: ${found}`;
}

/** What a run did, and what it found. */
export function describeRun(report: KillReport): string {
  const { kills, outcomes } = report;
  const during = (test: (kill: Kill) => boolean): number => kills.filter(test).length;
  const statuses = [...Map.groupBy(outcomes, ({ status }) => status)].map(([status, of]) => `${of.length} ${status}`);
  const attempts = [...Map.groupBy(outcomes, (outcome) => outcome.attempts)].sort(([one], [other]) => one - other);
  const errors = [...report.errorsLogged].map(([message, times]) => `  ${times} × ${message}`);
  return [
    "",
    `kills             ${kills.length}: ${during((kill) => kill.phase === "starting")} during the start, ${during((kill) => kill.sending > 0)} with deliveries SENDING, ${during((kill) => kill.taken > 0)} between the server's 250 and our commit,`,
    `                  ${during((kill) => kill.queued > 0)} with deliveries QUEUED, ${during((kill) => kill.inFlight > 0)} with replies in flight`,
    `replies           ${report.repliesWritten} written, each acknowledged once; ${report.repliesAskedAgain} asked for again after a lost answer`,
    `mails             ${report.mails}, under ${report.messageIds} Message-IDs: ${report.repeatedMails} came again under the same one`,
    `deliveries        ${statuses.join(", ")}; attempts: ${attempts.map(([count, of]) => `${of.length} took ${count}`).join(", ")}`,
    `longest wait      ${seconds(report.maxWaitMs)} from a reply's acknowledgement to its mail, kills in between; ${seconds(report.restMs)} from the last start to the last of what it found`,
    `errors logged     ${errors.length === 0 ? "none" : `\n${errors.join("\n")}`}`,
    `violations        ${report.violations.length === 0 ? "none" : `\n${report.violations.map((violation) => `  ${violation}`).join("\n")}`}`,
    "",
    report.violations.length === 0
      ? "PASSED: every reply arrived, none under two Message-IDs."
      : `FAILED: ${report.violations.length} violations.`,
    "",
  ].join("\n");
}

/** One line about a death at a statement. */
export function describeDeath({ statement, side, text, mails, violations }: Death): string {
  const verdict = violations.length === 0 ? "" : `  VIOLATED: ${violations.join("; ")}`;
  return `statement ${String(statement).padStart(3)}  ${side.padEnd(6)}  mails ${mails}  ${text}${verdict}`;
}

export function describeDeaths({ deaths, statements, violations }: EachStatementReport): string {
  const again = deaths.filter((death) => death.mails > 1).length;
  return [
    "",
    `deaths            ${deaths.length}, at and after each of ${statements} statements of a forwarding`,
    `mails             ${again} came again, under the same Message-ID: the program had died after the server took them`,
    `violations        ${violations.length === 0 ? "none" : `\n${violations.map((violation) => `  ${violation}`).join("\n")}`}`,
    "",
    violations.length === 0
      ? "PASSED: every reply arrived, none under two Message-IDs."
      : `FAILED: ${violations.length} violations.`,
    "",
  ].join("\n");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
