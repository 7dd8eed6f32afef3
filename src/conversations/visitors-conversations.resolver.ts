import type { GraphQLResolveInfo } from "graphql";
import { Arg, Authorized, Ctx, FieldResolver, Info, Int, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../context.js";
import type { Connection } from "../graphql/connection.js";
import { DateTime } from "../graphql/date-time.js";
import { staff } from "../graphql/permissions.js";
import { Visitor } from "../visitors/visitor.entity.js";
import type { ShownConversation } from "./conversation.entity.js";
import { ConversationConnection, readConversations } from "./conversations.resolver.js";

/** What staff sees of a visitor beside one conversation. */
@Resolver(() => Visitor)
export class VisitorsConversationsResolver {
  @Authorized(...staff)
  @FieldResolver(() => ConversationConnection, { description: "The visitor's conversations, newest activity first." })
  conversations(
    @Root() { id }: Visitor,
    @Ctx() context: OperationContext,
    @Info() info: GraphQLResolveInfo,
    @Arg("first", () => Int, { nullable: true, defaultValue: 10 }) first?: number | null,
    @Arg("after", () => String, { nullable: true }) after?: string | null,
  ): Promise<Connection<ShownConversation>> {
    return readConversations(context, info, { visitorId: id }, { first, after });
  }

  @Authorized(...staff)
  @FieldResolver(() => DateTime, {
    nullable: true,
    description: "The visitor's last message, typing, reading or other interaction; null before any.",
  })
  lastActivityAt(@Root() { lastInteractionAt }: Visitor): Date | null {
    return lastInteractionAt;
  }
}
