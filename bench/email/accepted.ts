import { performance } from "node:perf_hooks";
import type { Sample } from "../rounds.js";
import { marker } from "./seed.js";
import type { Sink } from "./sink.js";

export type EmailFigure = "perSecond" | "cpuMicroseconds" | "bytes";

export interface Taken {
  readonly seconds: number;
  /** CPU time of this process, all threads included. */
  readonly cpuMicroseconds: number;
}

export async function take(work: () => Promise<unknown>): Promise<Taken> {
  const cpu = process.cpuUsage();
  const begunMs = performance.now();
  await work();
  const seconds = (performance.now() - begunMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuMicroseconds: user + system };
}

/**
 * A contender's result, according to the sink: every reply that it does not have exactly once is an error, and so is every
 * other mail.
 */
export async function evaluate(sink: Sink, taken: Taken, first: number, count: number): Promise<Sample<EmailFigure>> {
  // Quoted-printable may break a line anywhere.
  const accepted = (await sink.takeAccepted()).replaceAll(/=\r?\n/g, "");
  const recipients = accepted.match(/^X-Rcpt-Args: /gm)?.length ?? 0;
  const times = new Map<string, number>();
  // Each mail contains it twice, as text and as HTML.
  for (const [found] of accepted.matchAll(/answer-\d{9}/g)) times.set(found, (times.get(found) ?? 0) + 1);
  let right = 0;
  for (let number = first; number < first + count; number += 1) if (times.get(marker(number)) === 2) right += 1;
  return {
    errors: count - right + Math.abs(recipients - count),
    figures: {
      perSecond: count / taken.seconds,
      cpuMicroseconds: taken.cpuMicroseconds / count,
      bytes: accepted.length / recipients,
    },
  };
}
