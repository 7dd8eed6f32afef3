import { Arg, Authorized, Ctx, Field, FieldResolver, InputType, Mutation, Query, Resolver, Root } from "type-graphql";
import { Agent } from "../agents/agent.entity.js";
import type { OperationContext } from "../context.js";
import { DateTime } from "../graphql/date-time.js";
import { admins } from "../graphql/permissions.js";
import type { MaybePromise } from "../maybe-promise.js";
import { requireAgent } from "../viewer.js";
import { blockNetwork } from "./block-network.js";
import { BlockedNetwork } from "./blocked-network.js";
import { listBlockedNetworks } from "./list-blocked-networks.js";
import { unblockNetwork } from "./unblock-network.js";

@InputType()
export class BlockNetworkInput {
  @Field(() => String, {
    description:
      "An address, or a network such as 192.0.2.0/24: at most a /8, for IPv6 a /32, and not one that contains the caller's own address. An IPv6 address alone stands for its /64.",
  })
  range!: string;

  @Field(() => String, { description: "Why, for colleagues: 1 to 500 characters." })
  note!: string;

  @Field(() => DateTime, { nullable: true, description: "When the block ends by itself. Left out or null: never." })
  expiresAt?: Date | null;
}

@Resolver(() => BlockedNetwork)
export class BlockedNetworksResolver {
  @Authorized(...admins)
  @Query(() => [BlockedNetwork], { description: "The networks that are blocked now, newest first." })
  blockedNetworks(@Ctx() { services }: OperationContext): Promise<BlockedNetwork[]> {
    return listBlockedNetworks(services);
  }

  @Authorized(...admins)
  @Mutation(() => BlockedNetwork, {
    description:
      "Blocks a network: visitors there cannot begin sessions, write, upload or connect. Staff there can still sign in, and email, webhooks and unsubscribing go on working. A range that is blocked already gets the new note and end.",
  })
  blockNetwork(
    @Ctx() context: OperationContext,
    @Arg("input", () => BlockNetworkInput) input: BlockNetworkInput,
  ): Promise<BlockedNetwork> {
    return blockNetwork(context.services, requireAgent(context), input, context.remoteAddress);
  }

  @Authorized(...admins)
  @Mutation(() => Boolean, {
    description: "Unblocks a network, by the range that was blocked: not a part of it. False if it was not blocked.",
  })
  unblockNetwork(@Ctx() { services }: OperationContext, @Arg("range", () => String) range: string): Promise<boolean> {
    return unblockNetwork(services, range);
  }

  @FieldResolver(() => Agent, { nullable: true, description: "The admin who blocked it." })
  blockedBy(@Root() network: BlockedNetwork, @Ctx() { loaders }: OperationContext): MaybePromise<Agent | null> {
    return loaders.agent.load(network.blockedById);
  }
}
