import { Arg, Authorized, Ctx, Field, ID, Mutation, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import { type OperationContext, requireViewer, requireVisitor } from "../context.js";
import { Author, existing } from "../conversations/author.js";
import { Conversation, type ShownConversation } from "../conversations/conversation.entity.js";
import { setTyping } from "../conversations/set-typing.js";
import { hear, loadersFor } from "../conversations/subscribe.js";
import type { ChangeOf } from "../events/events.js";
import { everyone, visitors } from "../graphql/permissions.js";
import { Visitor } from "../visitors/visitor.entity.js";
import { leaveWebsite } from "./leave-website.js";
import { recordActivity } from "./record-activity.js";

/** Someone is typing in a conversation; shaped from the event. */
@ObjectType()
export class Typing {
  @Field(() => Conversation)
  conversation!: ShownConversation;

  @Field(() => Author)
  author!: Author;
}

@Resolver(() => Typing)
export class PresenceResolver {
  @Authorized(...visitors)
  @Mutation(() => Visitor, {
    description: "V  The visitor did something: typed, scrolled, opened a page. Restarts the inactivity clock.",
  })
  recordActivity(
    @Ctx() context: OperationContext,
    @Arg("page", () => String, { nullable: true }) page?: string | null,
  ): Promise<Visitor> {
    return recordActivity(context.services, requireVisitor(context), page ?? undefined);
  }

  @Authorized(...visitors)
  @Mutation(() => Visitor, {
    description: "V  The page is going away. A closed subscription connection says the same, a little later.",
  })
  leaveWebsite(@Ctx() context: OperationContext): Promise<Visitor> {
    return leaveWebsite(context.services, requireVisitor(context));
  }

  @Authorized(...everyone)
  @Mutation(() => Boolean, {
    description: "V A D  The visitor, or the agent, is typing. Fades by itself after a few seconds.",
  })
  async setTyping(
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID) conversationId: string,
  ): Promise<boolean> {
    await setTyping(context.services, requireViewer(context), conversationId);
    return true;
  }

  @Authorized(...everyone)
  @Subscription(() => Typing, {
    description: "V A D  The other side is typing.",
    subscribe: ({ context, args }: { context: OperationContext; args: { conversationId?: string | null } }) =>
      hear(context, "typing", args.conversationId),
  })
  async typing(
    @Root() event: ChangeOf<"typing">,
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, { nullable: true }) _conversationId?: string | null,
  ): Promise<Typing> {
    const loaders = loadersFor(context, event);
    const author = event.agentId === null ? loaders.visitor.load(event.visitorId) : loaders.agent.load(event.agentId);
    return {
      conversation: existing(await loaders.conversation.load(event.conversationId)),
      author: existing<Author>(await author),
    };
  }
}
