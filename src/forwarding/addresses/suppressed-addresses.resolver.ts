import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { Channel, channelOf } from "../../channels/channel.entity.js";
import type { OperationContext } from "../../context.js";
import { Connection, connectionType, readForwardPage } from "../../graphql/connection.js";
import { admins } from "../../graphql/permissions.js";
import { liftSuppression } from "./lift-suppression.js";
import { listSuppressed, suppressedCursor } from "./list-suppressed.js";
import { SuppressedAddress } from "./suppressed-address.js";

const SuppressedAddressConnection = connectionType("SuppressedAddress", () => SuppressedAddress);

@Resolver(() => SuppressedAddress)
export class SuppressedAddressesResolver {
  @Authorized(...admins)
  @Query(() => SuppressedAddressConnection, {
    description: "Addresses to which nothing is sent any more, newest first.",
  })
  async suppressedAddresses(
    @Ctx() { services }: OperationContext,
    @Arg("search", () => String, { nullable: true, description: "Any part of the address." }) search?: string | null,
    @Arg("first", () => Int, { nullable: true, defaultValue: 25 }) first?: number | null,
    @Arg("after", () => String, { nullable: true }) after?: string | null,
  ): Promise<Connection<SuppressedAddress>> {
    const page = readForwardPage({ first, after }, suppressedCursor);
    const found = await listSuppressed(services, search ?? null, page);
    return new Connection(found, ({ since, channel, address }) => [since.toISOString(), channel, address]);
  }

  @Authorized(...admins)
  @Mutation(() => SuppressedAddress, {
    description:
      "Allows sending to an address again: unread replies to it can be forwarded. Returns the suppression that was lifted.",
  })
  liftSuppression(
    @Ctx() { services }: OperationContext,
    @Arg("channel", () => ID) channel: string,
    @Arg("address", () => String) address: string,
  ): Promise<SuppressedAddress> {
    return liftSuppression(services, channel, address);
  }

  @FieldResolver(() => Channel)
  channel(@Root() suppressed: SuppressedAddress, @Ctx() { services }: OperationContext): Channel {
    return channelOf(services, suppressed.channel);
  }
}
