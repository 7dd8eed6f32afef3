import { Arg, Authorized, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../../context.js";
import { Conversation, type ShownConversation } from "../../conversations/conversation.entity.js";
import { visitors } from "../../graphql/permissions.js";
import { requireVisitor } from "../../viewer.js";
import { Visitor } from "../../visitors/visitor.entity.js";
import { setEmailOptOut } from "./opt-out.js";

@Resolver(() => Conversation)
export class OptOutResolver {
  @Authorized(...visitors)
  @Mutation(() => Visitor, {
    description:
      "V  No more email, or email again: about one conversation, or about all when the id is left out. A guest names theirs.",
  })
  setEmailOptOut(
    @Ctx() context: OperationContext,
    @Arg("optedOut", () => Boolean) optedOut: boolean,
    @Arg("conversationId", () => ID, { nullable: true }) conversationId?: string | null,
  ): Promise<Visitor> {
    const choice = { optedOut, conversationId: conversationId ?? null };
    return setEmailOptOut(context.services, requireVisitor(context), choice);
  }

  @FieldResolver(() => Boolean, {
    description: "The visitor asked for no more email about this conversation. About any of theirs: Visitor.optedOut.",
  })
  optedOut(@Root() conversation: ShownConversation): boolean {
    return conversation.optedOutAt !== null;
  }
}
