const dayMs = 86_400_000;

/** For a list: "14:11" today, "Mon" within the last days, "24 Nov" before, and "24 Nov 2025" in another year; in the browser's time zone. */
export function formatTime(time: Date, now: Date): string {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-GB", options).format(time);
  if (time.toDateString() === now.toDateString()) return format({ hour: "2-digit", minute: "2-digit" });
  const daysAgo = (startOfDay(now) - startOfDay(time)) / dayMs;
  if (daysAgo > 0 && daysAgo < 6.5) return format({ weekday: "short" });
  const day = { day: "numeric", month: "short" } as const;
  return format(time.getFullYear() === now.getFullYear() ? day : { ...day, year: "numeric" });
}

/** All of it, to be read out or pointed at. */
export function formatWholeTime(time: Date): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" }).format(time);
}

function startOfDay(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}
