import fc from "fast-check";

/** When a life of the program ends. */
export type KillMoment =
  /** So long after it was started, which on an idle machine takes a second. */
  | { readonly kind: "starting"; readonly afterMs: number }
  /** So long after it said that it runs, whatever it is doing then. */
  | { readonly kind: "running"; readonly afterMs: number }
  /** A mail has come whole, and has not been answered. */
  | { readonly kind: "before-answer"; readonly mail: number }
  /** The SMTP server has just answered 250: the program reads it, records it, commits. */
  | { readonly kind: "after-answer"; readonly mail: number; readonly afterMs: number }
  /** A reply has been asked for, and has not been acknowledged. */
  | { readonly kind: "while-writing"; readonly reply: number; readonly afterMs: number };

/** A reply to be written: in which conversation, and after what pause of its writer. */
export interface PlannedReply {
  readonly conversation: number;
  readonly pauseMs: number;
}

/** The same moments for the same seed. `share`: how many replies a life of the program is given to forward. */
export function planKills(seed: number, kills: number, share: number): KillMoment[] {
  const count = fc.integer({ min: 1, max: share });
  // Reading the answer, waiting for company and recording take some ten milliseconds.
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

/** Replies one after the other, the same for the same seed, spread over some checks of the triggers. */
export function planReplies(seed: number, replies: number, conversations: number): PlannedReply[] {
  const reply = fc.record({
    conversation: fc.nat({ max: conversations - 1 }),
    pauseMs: fc.integer({ min: 0, max: 500 }),
  });
  return fc.sample(reply, { seed, numRuns: replies });
}
