import type { PreferencePartsFragment } from "../api/operations.generated.js";
import { duration } from "../parts/times.js";

/** What can be changed. */
export type Values = Pick<
  PreferencePartsFragment,
  | "contextMessages"
  | "inactivityDelaySeconds"
  | "mode"
  | "settleSeconds"
  | "shortConversationMessages"
  | "unprovenAddress"
  | "visitorLeftDelaySeconds"
>;

export interface DurationRange {
  readonly min: number;
  readonly max: number;
  /** Values that are usual: the slider stops at them. */
  readonly usual: readonly number[];
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** As `UpdateForwardingPreferenceInput` says. */
export const ranges = {
  visitorLeftDelaySeconds: {
    min: 0,
    max: day,
    usual: [0, 30, minute, 2 * minute, 5 * minute, 10 * minute, 30 * minute, hour, 4 * hour, day],
  },
  inactivityDelaySeconds: {
    min: minute,
    max: 7 * day,
    usual: [minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 8 * hour, day, 7 * day],
  },
  settleSeconds: { min: 0, max: 10 * minute, usual: [0, 15, 30, 45, minute, 2 * minute, 5 * minute, 10 * minute] },
} as const satisfies Record<string, DurationRange>;

export const counts = {
  contextMessages: { min: 0, max: 50 },
  shortConversationMessages: { min: 0, max: 100 },
} as const;

const units: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  seconds: 1,
  m: minute,
  min: minute,
  minute: minute,
  minutes: minute,
  h: hour,
  hour: hour,
  hours: hour,
  d: day,
  day: day,
  days: day,
};

/**
 * Reads "90 s", "5 min", "1 h", "1 h 30 min", "2 days"; a number alone counts in `unit`.
 * @returns seconds, or null for anything else
 */
export function parseDuration(text: string, unit: "s" | "min"): number | null {
  if (text.length > 40) return null;
  const trimmed = text.trim().toLowerCase().replace(",", ".");
  if (/^\d{1,9}(\.\d{1,3})?$/.test(trimmed)) return Math.round(Number(trimmed) * (units[unit] ?? 1));
  if (!/^(\d{1,9}(\.\d{1,3})?\s{0,3}[a-z]{1,7}\s{0,3}){1,3}$/.test(trimmed)) return null;
  let seconds = 0;
  for (const [, amount = "", name = ""] of trimmed.matchAll(/(\d{1,9}(?:\.\d{1,3})?)\s{0,3}([a-z]{1,7})/g)) {
    const factor = units[name];
    if (factor === undefined) return null;
    seconds += Number(amount) * factor;
  }
  return Math.round(seconds);
}

const names: Readonly<Record<keyof Values, string>> = {
  mode: "",
  visitorLeftDelaySeconds: "after the visitor left",
  inactivityDelaySeconds: "after no activity",
  settleSeconds: "wait for one more reply",
  contextMessages: "earlier messages sent along",
  shortConversationMessages: "sent whole up to",
  unprovenAddress: "addresses that are not proven",
};
const modeNames: Readonly<Record<Values["mode"], string>> = {
  NOTHING: "do not send anything",
  UNREAD_REPLIES: "email unread replies",
  FULL_TRANSCRIPT: "email full transcripts",
};

/** What differs, for saving. */
export function changesOf(saved: Values, values: Values): Partial<Values> {
  return Object.fromEntries(
    (Object.keys(names) as (keyof Values)[])
      .filter((name) => saved[name] !== values[name])
      .map((name) => [name, values[name]]),
  );
}

/** "wait for one more reply: 45 s instead of 30 s", one for each change */
export function describeChanges(saved: Values, changes: Partial<Values>): readonly string[] {
  const show = (name: keyof Values, value: unknown) =>
    name === "mode"
      ? modeNames[value as Values["mode"]]
      : name.endsWith("Seconds")
        ? duration(Number(value))
        : name === "unprovenAddress"
          ? value === "FULL"
            ? "the replies"
            : "only a notice"
          : String(value);
  return (Object.keys(changes) as (keyof Values)[]).map((name) => {
    const lead = names[name] === "" ? "" : `${names[name]}: `;
    return `${lead}${show(name, changes[name])} instead of ${show(name, saved[name])}`;
  });
}

/** What would happen with these values, in seconds after 14:00:00. */
export interface Example {
  readonly repliesAt: readonly [number, number];
  readonly leftAt: number;
  /** Null: nothing is sent. */
  readonly emailAt: number | null;
  readonly withoutLeavingAt: number | null;
  readonly agentGoneAt: number;
  readonly afterAgentGoneAt: number | null;
}

const leftAt = 6 * minute;
const repliesAt = [7 * minute, 7 * minute + 40] as const;
const agentGoneAt = 8 * minute;

/** The rules of product.md for one conversation: a visitor leaves at 14:06, two replies follow, the last agent goes at 14:08. */
export function exampleOf({ mode, visitorLeftDelaySeconds, inactivityDelaySeconds, settleSeconds }: Values): Example {
  const settled = repliesAt[1] + settleSeconds;
  const isSent = mode !== "NOTHING";
  return {
    ...{ repliesAt, leftAt, agentGoneAt },
    emailAt: isSent ? Math.max(leftAt + visitorLeftDelaySeconds, settled) : null,
    withoutLeavingAt: isSent ? Math.max(repliesAt[0] + inactivityDelaySeconds, settled) : null,
    afterAgentGoneAt: isSent ? Math.max(agentGoneAt, settled) : null,
  };
}

/** "14:11:00" of seconds after 14:00:00; a day later "14:11 a day later" */
export function exampleTime(seconds: number): string {
  const at = 14 * hour + seconds;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const time = `${two((at % day) / hour)}:${two((at % hour) / minute)}:${two(at % minute)}`;
  const days = Math.floor(at / day);
  return days === 0 ? time : `${time}, ${days === 1 ? "a day" : `${days} days`} later`;
}
