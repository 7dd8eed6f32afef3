import { z } from "zod";

/** How much of what Meta grants has been used, in percent, and how long Meta says it takes to recover. */
export interface Usage {
  readonly percent: number;
  readonly regainMs: number;
}

const minuteMs = 60_000;
/** From these percentages on the channel rests, before Meta refuses: the busier, the longer. */
const rests = [
  { fromPercent: 95, restMs: 15 * minuteMs },
  { fromPercent: 90, restMs: 5 * minuteMs },
  { fromPercent: 80, restMs: minuteMs },
] as const;

const share = z.number().catch(0);
const counts = z.looseObject({
  call_count: share,
  total_time: share,
  total_cputime: share,
  /** Minutes. */
  estimated_time_to_regain_access: share,
});
const businessUseCases = z.record(z.string(), z.array(counts));

/**
 * Pure: the worst that the answer's headers say. Damaged or absent ones say nothing.
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
export function readUsage(headers: Pick<Headers, "get">): Usage {
  const app = parse(counts, headers.get("x-app-usage"));
  const businesses = parse(businessUseCases, headers.get("x-business-use-case-usage"));
  const all = [...(app === null ? [] : [app]), ...Object.values(businesses ?? {}).flat()];
  return {
    percent: Math.max(0, ...all.flatMap((one) => [one.call_count, one.total_time, one.total_cputime])),
    regainMs: Math.max(0, ...all.map((one) => one.estimated_time_to_regain_access)) * minuteMs,
  };
}

/** Pure: how long to rest after an answer with this usage; 0: go on. */
export function restAfter({ percent, regainMs }: Usage): number {
  const rest = rests.find(({ fromPercent }) => percent >= fromPercent);
  return rest === undefined ? 0 : Math.max(rest.restMs, regainMs);
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
