import { openBenchDatabase, settle } from "../database.js";
import type { MeasureOptions, Report } from "../report.js";
import { measureInRounds, type Standing } from "../rounds.js";
import type { EmailFigure } from "./accepted.js";
import { bareLoop } from "./bare-loop.js";
import { Program } from "./program.js";
import { startSink } from "./sink.js";

const forms = {
  short: { mails: 500, rounds: 3 },
  full: { mails: 5_000, rounds: 7 },
} as const;
const connections = 10;

/**
 * The pipeline of forwarded replies compared with a bare nodemailer loop: the same number of mails with the same content,
 * over the same number of connections to the same server, both unsigned.
 */
export async function measure({ form }: MeasureOptions): Promise<Report> {
  const { mails, rounds } = forms[form];
  const closing: (() => Promise<void>)[] = [];
  try {
    const sink = await startSink();
    closing.push(() => sink.close());
    const database = await openBenchDatabase();
    closing.push(() => database.close());
    const program = await Program.start(database, sink, connections);
    closing.push(() => program.stop());
    const loop = await bareLoop(sink, await program.forward(1), { mails, connections });
    const contenders = [loop, program.contender(mails)];
    // Both have been warmed up.
    for (const contender of contenders) await contender.measure();
    await settle(database);
    const standings = await measureInRounds(contenders, rounds);
    return reportOf(standings, `${mails} mails over ${connections} connections to ${sink.name}, ${rounds} rounds`);
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

function reportOf(standings: readonly Standing<EmailFigure>[], title: string): Report {
  const [bare, own] = standings;
  if (bare === undefined || own === undefined) throw new Error("A contender did not take part.");
  const times = own.figures.perSecond / bare.figures.perSecond;
  return {
    title,
    columns: ["", "mails a second", "× bare loop", "Node µs a mail", "bytes a mail", "errors"],
    rows: standings.map(({ contender, figures, errors }) => [
      contender,
      figures.perSecond,
      figures.perSecond / bare.figures.perSecond,
      figures.cpuMicroseconds,
      figures.bytes,
      errors,
    ]),
    goals: [
      { what: "mails of the program that came wrong", value: own.errors + bare.errors, bound: { atMost: 0 } },
      {
        what: "size of a mail / the bare loop's",
        value: own.figures.bytes / bare.figures.bytes,
        bound: { atMost: 1.05 },
      },
      { what: "mails a second / the bare loop's", value: times, bound: { atLeast: 0.8 } },
    ],
  };
}
