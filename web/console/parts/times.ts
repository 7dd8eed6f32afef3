/** The console speaks English: with the times of an English that the browser prefers, otherwise with 24 hours. */
const english = globalThis.navigator?.languages?.find((language) => /^en(-|$)/i.test(language)) ?? "en-GB";
const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(english, options);
const clock = format({ hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = format({ day: "numeric", month: "long" });
const dayOfYear = format({ day: "numeric", month: "long", year: "numeric" });
const shortDay = format({ day: "numeric", month: "short" });
const weekday = format({ weekday: "long" });

/** A moment in milliseconds, or as the API writes it. */
export type Moment = number | string;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const toDate = (moment: Moment): Date => new Date(moment);

/** "14:37" */
export const clockTime = (moment: Moment): string => clock.format(toDate(moment));

/** "14:37:05" */
export const exactTime = (moment: Moment): string => clockWithSeconds.format(toDate(moment));

/** How many days before today, by this device's time zone; negative in the future. */
function daysAgo(moment: Moment, now: number): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(toDate(now)) - midnight(toDate(moment))) / dayMs);
}

/** "Today", "Yesterday", "Tomorrow", "Monday", "24 November", "24 November 2025" */
export function dayName(moment: Moment, now: number): string {
  const ago = daysAgo(moment, now);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  if (ago === -1) return "Tomorrow";
  if (ago > 1 && ago < 7) return weekday.format(toDate(moment));
  const isThisYear = toDate(moment).getFullYear() === toDate(now).getFullYear();
  return (isThisYear ? day : dayOfYear).format(toDate(moment));
}

/** "14:37", "yesterday, 9:41", "tomorrow, 9:41", "24 November, 9:41" */
export function dayAndTime(moment: Moment, now: number): string {
  const ago = daysAgo(moment, now);
  if (ago === 0) return clockTime(moment);
  const name = dayName(moment, now);
  return `${ago === 1 || ago === -1 ? name.toLowerCase() : name}, ${clockTime(moment)}`;
}

/** Of the past, for lists: "now", "4 min", "13:12", "Yesterday", "23 Nov" */
export function shortAge(moment: Moment, now: number): string {
  const age = now - toDate(moment).getTime();
  if (age < minuteMs) return "now";
  if (age < hourMs) return `${Math.floor(age / minuteMs)} min`;
  const ago = daysAgo(moment, now);
  if (ago <= 0) return clockTime(moment);
  return ago === 1 ? "Yesterday" : shortDay.format(toDate(moment));
}

/** Of the past, in a sentence: "just now", "4 min ago", "at 13:12", "yesterday, 13:12" */
export function age(moment: Moment, now: number): string {
  const passed = now - toDate(moment).getTime();
  if (passed < minuteMs) return "just now";
  if (passed < hourMs) return `${Math.floor(passed / minuteMs)} min ago`;
  return daysAgo(moment, now) === 0 ? `at ${clockTime(moment)}` : dayAndTime(moment, now);
}

/** Up to this, it is counted down. */
const countdownMs = 15 * minuteMs;

/** "4:10": minutes and seconds, never less than none */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Of the future, in a sentence: "in 4:10", "at 14:37", "on 25 November at 9:00" */
export function whenDue(due: Moment, now: number): { readonly word: string; readonly time: string } {
  const left = toDate(due).getTime() - now;
  if (left <= countdownMs) return { word: "in", time: countdown(left) };
  const ago = daysAgo(due, now);
  if (ago === 0) return { word: "at", time: clockTime(due) };
  if (ago === -1) return { word: "tomorrow at", time: clockTime(due) };
  return { word: "on", time: `${dayName(due, now)} at ${clockTime(due)}` };
}

/** Of the future, for lists, which are calm: "in 1 min", "at 14:37", "on 25 Nov" */
export function shortDue(due: Moment, now: number): string {
  const left = toDate(due).getTime() - now;
  if (left <= countdownMs) return `in ${Math.max(1, Math.ceil(left / minuteMs))} min`;
  return daysAgo(due, now) === 0 ? `at ${clockTime(due)}` : `on ${shortDay.format(toDate(due))}`;
}

/** "45 s", "5 min", "1 h 14 min", "2 days" */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (seconds < 3600)
    return seconds % 60 === 0 ? `${minutes} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (minutes < 48 * 60) {
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
    return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
  }
  return `${Math.round(minutes / 1440)} days`;
}
