import {
  Arg,
  Authorized,
  Ctx,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import type { OperationContext } from "../../context.js";
import { existing } from "../../conversations/author.js";
import { subscribeToChanges } from "../../conversations/subscribe.js";
import type { ChangeOf } from "../../events/events.js";
import {
  Connection,
  connectionType,
  newestFirstCursor,
  newestFirstKeys,
  readForwardPage,
} from "../../graphql/connection.js";
import { staff } from "../../graphql/permissions.js";
import { withoutNulls } from "../../graphql/without-nulls.js";
import { requireAgent } from "../../viewer.js";
import { forwardNow } from "../forward-now.js";
import { Delivery, DeliveryStatus, ForwardingTrigger } from "./delivery.entity.js";
import { type DeliveryFilter as ListFilter, listDeliveries } from "./list-deliveries.js";
import { retryDelivery } from "./retry-delivery.js";
import { settleDelivery } from "./settle-delivery.js";

const DeliveryConnection = connectionType("Delivery", () => Delivery);

@InputType()
export class DeliveryFilter {
  @Field(() => ID, { nullable: true })
  conversationId?: string | null;

  @Field(() => DeliveryStatus, { nullable: true })
  status?: DeliveryStatus | null;

  @Field(() => ID, { nullable: true, description: "A channel's id." })
  channel?: string | null;

  @Field(() => [DeliveryStatus], { nullable: true })
  statuses?: DeliveryStatus[] | null;

  @Field(() => [ForwardingTrigger], { nullable: true })
  triggers?: ForwardingTrigger[] | null;

  @Field(() => Boolean, { nullable: true, description: "As `Delivery.late`." })
  late?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: "Any part of the address, in any letter case; looked for in the newest 50,000.",
  })
  address?: string | null;
}

/** Each value once: a list holds at most as many as there are. */
function withoutDuplicates(filter: ListFilter): ListFilter {
  const { statuses, triggers } = filter;
  return {
    ...filter,
    ...(statuses != null && { statuses: [...new Set(statuses)] }),
    ...(triggers != null && { triggers: [...new Set(triggers)] }),
  };
}

@Resolver()
export class DeliveriesResolver {
  @Authorized(...staff)
  @Query(() => DeliveryConnection, { description: "Deliveries, newest first." })
  async deliveries(
    @Ctx() { services }: OperationContext,
    @Arg("filter", () => DeliveryFilter, { nullable: true }) filter?: DeliveryFilter | null,
    @Arg("first", () => Int, { nullable: true, defaultValue: 25 }) first?: number | null,
    @Arg("after", () => String, { nullable: true }) after?: string | null,
  ): Promise<Connection<Delivery>> {
    const page = readForwardPage({ first, after }, newestFirstCursor);
    const found = await listDeliveries(services, withoutDuplicates(withoutNulls(filter ?? {})), page);
    return new Connection(found, ({ createdAt, id }) => newestFirstKeys(createdAt, id));
  }

  @Authorized(...staff)
  @Mutation(() => Delivery, {
    description: "Sends pending replies at once, without waiting until they are due. Ends a hold.",
  })
  forwardNow(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<Delivery> {
    return forwardNow(context.services, requireAgent(context), conversationId);
  }

  @Authorized(...staff)
  @Mutation(() => Delivery, { description: "Queues a FAILED or UNCERTAIN delivery again." })
  retryDelivery(@Ctx() context: OperationContext, @Arg("deliveryId", () => ID) deliveryId: string): Promise<Delivery> {
    return retryDelivery(context.services, requireAgent(context), deliveryId);
  }

  @Authorized(...staff)
  @Mutation(() => Delivery, {
    description:
      "Settles an UNCERTAIN delivery, once a person knows: it arrived, and is SENT, or it did not, and is queued again.",
  })
  settleDelivery(
    @Ctx() context: OperationContext,
    @Arg("deliveryId", () => ID) deliveryId: string,
    @Arg("arrived", () => Boolean) arrived: boolean,
  ): Promise<Delivery> {
    return settleDelivery(context.services, requireAgent(context), { deliveryId, arrived });
  }

  @Authorized(...staff)
  @Subscription(() => Delivery, {
    description: "A delivery was created or changed.",
    subscribe: ({ context, args }: { context: OperationContext; args: { conversationId?: string | null } }) =>
      subscribeToChanges(context, "deliveryUpdated", args.conversationId),
  })
  async deliveryUpdated(
    @Root() event: ChangeOf<"deliveryUpdated">,
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, { nullable: true, description: "Limits the subscription to one conversation." })
    _conversationId?: string | null,
  ): Promise<Delivery> {
    return existing(await context.loadersOf(event).delivery.load(event.deliveryId));
  }
}
