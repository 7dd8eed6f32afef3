import type { EachStatementReport, StatementKill } from "../../e2e/crashes/each-statement.js";
import type { Kill, KillReport } from "../../e2e/crashes/kill-run.js";

/** One line about a kill. */
export function describeKill(kill: Kill, number: number): string {
  const { moment } = kill;
  const label = {
    starting: "while starting",
    running: "at a random time",
    "before-answer": "mail not answered yet",
    "after-answer": "250 just answered",
    "while-writing": "while writing",
  };
  const found = `${kill.queued} QUEUED, ${kill.sending} SENDING (${kill.taken} just accepted by the server), ${kill.inFlight} replies in flight`;
  return `kill ${String(number).padStart(3)}  ${(kill.came === "in time" ? label[moment.kind] : "nothing happened").padEnd(22)}  ${(kill.afterMs / 1000).toFixed(2).padStart(6)} s, ${kill.phase}: ${found}`;
}

/** Describes what a run did, and what it found. */
export function describeRun(report: KillReport): string {
  const { kills, outcomes } = report;
  const during = (test: (kill: Kill) => boolean): number => kills.filter(test).length;
  const statuses = [...Map.groupBy(outcomes, ({ status }) => status)].map(([status, of]) => `${of.length} ${status}`);
  const attempts = [...Map.groupBy(outcomes, (outcome) => outcome.attempts)].sort(([one], [other]) => one - other);
  const errors = [...report.errorsLogged].map(([message, times]) => `  ${times} × ${message}`);
  return [
    "",
    `kills             ${kills.length}: ${during((kill) => kill.phase === "starting")} during the start, ${during((kill) => kill.sending > 0)} with deliveries SENDING, ${during((kill) => kill.taken > 0)} between the server's 250 and Afterchat's commit,`,
    `                  ${during((kill) => kill.queued > 0)} with deliveries QUEUED, ${during((kill) => kill.inFlight > 0)} with replies in flight`,
    `replies           ${report.repliesWritten} written, each acknowledged once; ${report.repliesRepeated} sent again after a lost response`,
    `mails             ${report.mails}, under ${report.messageIds} Message-IDs: ${report.repeatedMails} were repeated under the same one`,
    `deliveries        ${statuses.join(", ")}; attempts: ${attempts.map(([count, of]) => `${of.length} took ${count}`).join(", ")}`,
    `longest wait      ${seconds(report.maxWaitMs)} from a reply's acknowledgement to its mail, including kills; ${seconds(report.restMs)} from the last start until everything was delivered`,
    `errors logged     ${errors.length === 0 ? "none" : `\n${errors.join("\n")}`}`,
    `violations        ${report.violations.length === 0 ? "none" : `\n${report.violations.map((violation) => `  ${violation}`).join("\n")}`}`,
    "",
    report.violations.length === 0
      ? "PASSED: every reply arrived, none under two Message-IDs."
      : `FAILED: ${report.violations.length} violations.`,
    "",
  ].join("\n");
}

/** One line about a process killed at a statement. */
export function describeStatementKill({ statement, side, text, mails, violations }: StatementKill): string {
  const verdict = violations.length === 0 ? "" : `  VIOLATED: ${violations.join("; ")}`;
  return `statement ${String(statement).padStart(3)}  ${side.padEnd(6)}  mails ${mails}  ${text}${verdict}`;
}

export function describeStatementKills({ kills, statements, violations }: EachStatementReport): string {
  const again = kills.filter((kill) => kill.mails > 1).length;
  return [
    "",
    `kills             ${kills.length}, at and after each of ${statements} statements of a forwarding`,
    `mails             ${again} were repeated under the same Message-ID: the program was killed after the server accepted them`,
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
