import { Arg, Authorized, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { Agent } from "../agents/agent.entity.js";
import type { OperationContext } from "../context.js";
import { DateTime } from "../graphql/date-time.js";
import { staff } from "../graphql/permissions.js";
import type { MaybePromise } from "../maybe-promise.js";
import { requireAgent } from "../viewer.js";
import { blockVisitor, unblockVisitor } from "./block-visitor.js";
import { Visitor } from "./visitor.entity.js";

@Resolver(() => Visitor)
export class VisitorBlockResolver {
  @Authorized(...staff)
  @Mutation(() => Visitor, {
    description:
      "Blocks a visitor: ends their sessions, refuses what they send on any channel, and sends them nothing more. Conversations stay readable. Who comes back with an empty browser is a new visitor: see `blockNetwork`.",
  })
  blockVisitor(@Ctx() context: OperationContext, @Arg("visitorId", () => ID) visitorId: string): Promise<Visitor> {
    return blockVisitor(context.services, requireAgent(context), visitorId);
  }

  @Authorized(...staff)
  @Mutation(() => Visitor, {
    description:
      "Lets a blocked visitor write again. What was dropped or cancelled meanwhile stays so; `forwardNow` sends replies that are still unread.",
  })
  unblockVisitor(
    @Ctx() { services }: OperationContext,
    @Arg("visitorId", () => ID) visitorId: string,
  ): Promise<Visitor> {
    return unblockVisitor(services, visitorId);
  }

  @Authorized(...staff)
  @FieldResolver(() => DateTime, { nullable: true, description: "Since when the visitor is blocked; null if not." })
  blockedAt(@Root() visitor: Visitor): Date | null {
    return visitor.blockedAt;
  }

  @Authorized(...staff)
  @FieldResolver(() => Agent, { nullable: true, description: "Who blocked the visitor." })
  blockedBy(@Root() visitor: Visitor, @Ctx() { loaders }: OperationContext): MaybePromise<Agent | null> {
    return visitor.blockedById === null ? null : loaders.agent.load(visitor.blockedById);
  }

  @Authorized(...staff)
  @FieldResolver(() => String, {
    nullable: true,
    description:
      "The network that the visitor's last session on the website began from, as `blockNetwork` takes it: an IPv4 address, or the /64 of an IPv6 address.",
  })
  network(@Root() visitor: Visitor): string | null {
    return visitor.network;
  }
}
