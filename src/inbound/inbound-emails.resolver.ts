import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Query, Resolver } from "type-graphql";
import type { DropReason } from "../channels/channel.js";
import type { OperationContext } from "../context.js";
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
}
