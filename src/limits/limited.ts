import { Extensions, type MiddlewareFn, UseMiddleware } from "type-graphql";
import { requireViewer, requireVisitor, type Viewer, type VisitorViewer } from "../viewer.js";
import { type LimitedBy, type RateLimitName, rateLimits } from "./limit-table.js";
import { networkOf } from "./network-of.js";
import type { RateLimits, Use } from "./rate-limits.js";

/** What a limit has to know of an operation's context. */
interface LimitedContext {
  readonly services: { readonly limits: RateLimits };
  readonly viewer: Viewer | null;
  readonly remoteAddress: string;
}

/** How much a call counts, 0 for not at all; with a `key` where the caller is not whose use it is. */
type Counted = number | Pick<Use, "key" | "points">;
type Points<Args, Context> = number | ((args: Args, context: Context) => Counted | Promise<Counted>);

/**
 * Limits how often a mutation is called; goes beside `@Authorized`, which is checked first. Each field of a mutation counts, so aliases
 * do, too. The schema holds the names in the field's `extensions.limits`.
 *
 * A mutation with a limit per visitor is counted for visitors only: staff are trusted, and no statement is added to theirs.
 */
export function Limited<Args = object, Context extends LimitedContext = LimitedContext>(
  limits: {
    readonly [Name in RateLimitName]?: Points<Args, Context>;
  },
): MethodDecorator {
  const named = Object.entries(limits) as [RateLimitName, Points<Args, Context>][];
  const names = named.map(([name]) => name);
  const isForVisitors = names.some((name) => rateLimits[name].by === "visitor");
  const spend: MiddlewareFn<Context> = async ({ args, context }, next) => {
    if (!isForVisitors || context.viewer?.kind !== "agent") {
      const uses = named.map(([name, points]) => useOf(name, points, args as Args, context));
      await context.services.limits.spendAll(await Promise.all(uses));
    }
    return next();
  };
  const decorators = [Extensions({ limits: names }), UseMiddleware(spend)];
  return (prototype, name, descriptor) => {
    for (const decorate of decorators) decorate(prototype, name, descriptor);
  };
}

async function useOf<Args, Context extends LimitedContext>(
  limit: RateLimitName,
  points: Points<Args, Context>,
  args: Args,
  context: Context,
): Promise<Use> {
  const counted = typeof points === "function" ? await points(args, context) : points;
  if (typeof counted === "object") return { limit, ...counted };
  return { limit, points: counted, key: counted > 0 ? callerAs(rateLimits[limit].by, context) : "" };
}

function callerAs(by: LimitedBy, context: LimitedContext): string {
  switch (by) {
    case "network":
      return networkOf(context.remoteAddress);
    case "session":
      return requireViewer(context).sessionId;
    case "visitor":
      return visitorKey(requireVisitor(context));
    default:
      throw new Error(`A caller is no ${by}: give the key of this limit with its points.`);
  }
}

/** Who counts as one visitor. A guest does alone: a link that was passed on must not use up what its owner has. */
export function visitorKey({ visitorId, sessionId, guestOf }: VisitorViewer): string {
  return guestOf === null ? visitorId : sessionId;
}
