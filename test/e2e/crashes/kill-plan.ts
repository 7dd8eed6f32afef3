import fc from "fast-check";

/** When a process of the program is killed. */
export type KillMoment =
  /** This long after its start, which takes a second on an idle machine. */
  | { readonly kind: "starting"; readonly afterMs: number }
  /** This long after it reported that it is running. */
  | { readonly kind: "running"; readonly afterMs: number }
  /** After the SMTP server received a mail and before it responds. */
  | { readonly kind: "before-answer"; readonly mail: number }
  /** Just after the SMTP server responded 250, while the program reads it, records it and commits. */
  | { readonly kind: "after-answer"; readonly mail: number; readonly afterMs: number }
  /** After a reply was requested and before it is acknowledged. */
  | { readonly kind: "while-writing"; readonly reply: number; readonly afterMs: number };

/** A reply to write: the conversation, and the pause before it. */
export interface PlannedReply {
  readonly conversation: number;
  readonly pauseMs: number;
}

/** Deterministic for a seed. `share`: the number of replies that each process is given to forward. */
export function planKills(seed: number, kills: number, share: number): KillMoment[] {
  const count = fc.integer({ min: 1, max: share });
  // Reading the response, waiting for other results and recording take about ten milliseconds.
  const closely = fc.integer({ min: 0, max: 15 });
  const moment: fc.Arbitrary<KillMoment> = fc.oneof(
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("starting"), afterMs: fc.integer({ min: 0, max: 1_500 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("running"), afterMs: fc.integer({ min: 0, max: 4_000 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("before-answer"), mail: count }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("after-answer"), mail: count, afterMs: closely }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("while-writing"), reply: count, afterMs: closely }) },
  );
  return fc.sample(moment, { seed, numRuns: kills });
}

/** Replies in order, deterministic for a seed, spread over several trigger checks. */
export function planReplies(seed: number, replies: number, conversations: number): PlannedReply[] {
  const reply = fc.record({
    conversation: fc.nat({ max: conversations - 1 }),
    pauseMs: fc.integer({ min: 0, max: 500 }),
  });
  return fc.sample(reply, { seed, numRuns: replies });
}
