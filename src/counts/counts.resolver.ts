import { Authorized, Ctx, Query, Resolver, Root, Subscription } from "type-graphql";
import type { OperationContext } from "../context.js";
import type { ChangeOf } from "../events/events.js";
import { staff } from "../graphql/permissions.js";
import { requireAgent } from "../viewer.js";
import { Counts } from "./counts.js";

@Resolver()
export class CountsResolver {
  @Authorized(...staff)
  @Query(() => Counts, { description: "How many conversations and deliveries there are of each kind." })
  counts(@Ctx() context: OperationContext): Promise<Counts> {
    return context.services.counts.countsFor(requireAgent(context).agentId);
  }

  @Authorized(...staff)
  @Subscription(() => Counts, {
    description: "The counts have changed: at most once a second.",
    subscribe: ({ context }: { context: OperationContext }) => subscribeToCounts(context),
  })
  countsUpdated(@Root() _event: ChangeOf<"countsUpdated">, @Ctx() context: OperationContext): Promise<Counts> {
    return context.services.counts.countsFor(requireAgent(context).agentId);
  }
}

/** They are read again for as long as somebody listens. */
function subscribeToCounts({
  services,
}: OperationContext): AsyncIterableIterator<ChangeOf<"countsUpdated">, undefined> {
  const queue = services.events.subscribe("countsUpdated", "all");
  const stop = services.counts.listen();
  let isOver = false;
  const end = () => {
    if (!isOver) stop();
    isOver = true;
  };
  return {
    next: async () => {
      const result = await queue.next();
      if (result.done === true) end();
      return result;
    },
    return: async () => {
      end();
      return (await queue.return?.()) ?? { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
