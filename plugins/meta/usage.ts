import { z } from "zod";

/** How much of Meta's rate limit is used, in percent, and how long Meta says it takes to recover. */
export interface Usage {
  readonly percent: number;
  readonly regainMs: number;
}

const minuteMs = 60_000;
/** The higher the usage, the longer the pause. */
const pauses = [
  { fromPercent: 95, ms: 15 * minuteMs },
  { fromPercent: 90, ms: 5 * minuteMs },
  { fromPercent: 80, ms: minuteMs },
] as const;

const number = z.number().catch(0);
const counts = z.looseObject({
  call_count: number,
  total_time: number,
  total_cputime: number,
  /** Minutes. */
  estimated_time_to_regain_access: number,
});
const businessUseCases = z.record(z.string(), z.array(counts));

/**
 * Pure: the highest usage in the response's headers. Missing or malformed headers count as no usage.
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
export function readUsage(headers: Pick<Headers, "get">): Usage {
  const app = parse(counts, headers.get("x-app-usage"));
  const businesses = parse(businessUseCases, headers.get("x-business-use-case-usage"));
  const all = [...(app === null ? [] : [app]), ...Object.values(businesses ?? {}).flat()];
  return {
    percent: Math.max(0, ...all.flatMap((count) => [count.call_count, count.total_time, count.total_cputime])),
    regainMs: Math.max(0, ...all.map((count) => count.estimated_time_to_regain_access)) * minuteMs,
  };
}

/** Pure: how long to pause sending at this usage; 0 for no pause. */
export function pauseMs({ percent, regainMs }: Usage): number {
  const pause = pauses.find(({ fromPercent }) => percent >= fromPercent);
  return pause === undefined ? 0 : Math.max(pause.ms, regainMs);
}

function parse<Value>(shape: z.ZodType<Value>, header: string | null): Value | null {
  if (header === null) return null;
  try {
    return shape.safeParse(JSON.parse(header)).data ?? null;
  } catch {
    // Not JSON.
    return null;
  }
}
