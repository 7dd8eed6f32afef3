import { Arg, Authorized, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import type { OperationContext } from "../../context.js";
import { Conversation, type ShownConversation } from "../../conversations/conversation.entity.js";
import { visitors } from "../../graphql/permissions.js";
import { Limited } from "../../limits/limited.js";
import { requireVisitor } from "../../viewer.js";
import { Visitor } from "../../visitors/visitor.entity.js";
import { setEmailOptOut } from "./opt-out.js";

@Resolver(() => Conversation)
export class OptOutResolver {
  @Authorized(...visitors)
  @Limited({ changesOfVisitor: 1, changesOfNetwork: 1 })
  @Mutation(() => Visitor, {
    description: "Stops or resumes email to the visitor, about one conversation or about all.",
  })
  setEmailOptOut(
    @Ctx() context: OperationContext,
    @Arg("optedOut", () => Boolean) optedOut: boolean,
    @Arg("conversationId", () => ID, {
      nullable: true,
      description: "Only this conversation; required from guests. Left out: all of them, including future ones.",
    })
    conversationId?: string | null,
  ): Promise<Visitor> {
    const choice = { optedOut, conversationId: conversationId ?? null };
    return setEmailOptOut(context.services, requireVisitor(context), choice);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether the visitor asked for no more email about this conversation. See `Visitor.optedOut` for all of them.",
  })
  optedOut(@Root() conversation: ShownConversation): boolean {
    return conversation.optedOutAt !== null;
  }
}
