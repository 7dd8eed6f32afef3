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
import type { DropReason } from "../channels/channel.js";
import type { OperationContext } from "../context.js";
import { notFound } from "../errors.js";
import type { ChangeOf } from "../events/events.js";
import {
  Connection,
  connectionType,
  newestFirstCursor,
  newestFirstKeys,
  readForwardPage,
} from "../graphql/connection.js";
import { admins } from "../graphql/permissions.js";
import { withoutNulls } from "../graphql/without-nulls.js";
import { InboundOriginal, InboundStatus } from "./inbound-original.entity.js";
import { InboundReason } from "./inbound-reason.js";
import { listOriginals } from "./list-originals.js";
import { retryOriginal } from "./retry-original.js";

const InboundEmailConnection = connectionType("InboundEmail", () => InboundOriginal);

@InputType()
export class InboundEmailFilter {
  @Field(() => InboundStatus, { nullable: true })
  status?: InboundStatus | null;

  @Field(() => InboundReason, { nullable: true })
  reason?: DropReason | null;

  @Field(() => ID, { nullable: true })
  conversationId?: string | null;
}

@Resolver()
export class InboundEmailsResolver {
  @Authorized(...admins)
  @Query(() => InboundEmailConnection, {
    description: "Emails that were received and what became of them, newest first. Dropped ones are listed too.",
  })
  async inboundEmails(
    @Ctx() { services }: OperationContext,
    @Arg("filter", () => InboundEmailFilter, { nullable: true }) filter?: InboundEmailFilter | null,
    @Arg("first", () => Int, { nullable: true, defaultValue: 25 }) first?: number | null,
    @Arg("after", () => String, { nullable: true }) after?: string | null,
  ): Promise<Connection<InboundOriginal>> {
    const page = readForwardPage({ first, after }, newestFirstCursor);
    const found = await listOriginals(services, withoutNulls(filter ?? {}), page);
    return new Connection(found, ({ receivedAt, id }) => newestFirstKeys(receivedAt, id));
  }

  @Authorized(...admins)
  @Mutation(() => InboundOriginal, { description: "Processes a FAILED or DROPPED email again." })
  retryInboundEmail(
    @Ctx() { services }: OperationContext,
    @Arg("inboundEmailId", () => ID) inboundEmailId: string,
  ): Promise<InboundOriginal> {
    return retryOriginal(services, inboundEmailId);
  }
  @Authorized(...admins)
  @Subscription(() => InboundOriginal, {
    description:
      "An email was received, processed or tried in vain, was retried, or was emptied because its visitor was erased.",
    subscribe: ({ context }: { context: OperationContext }) =>
      context.services.events.subscribe("inboundEmailUpdated", "all"),
  })
  async inboundEmailUpdated(
    @Root() event: ChangeOf<"inboundEmailUpdated">,
    @Ctx() context: OperationContext,
  ): Promise<InboundOriginal> {
    const original = await context.loadersOf(event).inboundEmail.load(event.inboundEmailId);
    // Of those that belong to no conversation, the oldest are removed.
    if (original === null) throw notFound("inbound email");
    return original;
  }
}
