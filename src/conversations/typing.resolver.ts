import { Arg, Authorized, Ctx, Field, ID, Mutation, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import { Author } from "../author.js";
import type { OperationContext } from "../context.js";
import type { ChangeOf } from "../events/events.js";
import { DateTime } from "../graphql/date-time.js";
import { everyone } from "../graphql/permissions.js";
import { Limited } from "../limits/limited.js";
import { requireViewer } from "../viewer.js";
import { existing } from "./author.js";
import { Conversation, type ShownConversation } from "./conversation.entity.js";
import { setTyping } from "./set-typing.js";
import { conversationIdDescription, subscribeToChanges } from "./subscribe.js";

/** Someone is typing in a conversation; built from the event. */
@ObjectType({ description: "Somebody is typing in a conversation." })
export class Typing {
  @Field(() => Conversation)
  conversation!: ShownConversation;

  @Field(() => Author)
  author!: Author;

  @Field(() => DateTime, { description: "Stop showing it then, by the server's clock, unless another event comes." })
  endsAt!: Date;
}

@Resolver(() => Typing)
export class TypingResolver {
  @Authorized(...everyone)
  @Limited({ typingOfVisitor: 1, typingOfNetwork: 1 })
  @Mutation(() => Boolean, {
    description: "Tells the other side that the caller is typing. Repeat it every few seconds while typing continues.",
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
    description:
      "Somebody on the other side is typing: agents receive visitors, visitors receive agents. Hide it at `endsAt`.",
    subscribe: ({ context, args }: { context: OperationContext; args: { conversationId?: string | null } }) =>
      subscribeToChanges(context, "typing", args.conversationId),
  })
  async typing(
    @Root() event: ChangeOf<"typing">,
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, {
      nullable: true,
      description: conversationIdDescription,
    })
    _conversationId?: string | null,
  ): Promise<Typing> {
    const loaders = context.loadersOf(event);
    const author = event.agentId === null ? loaders.visitor.load(event.visitorId) : loaders.agent.load(event.agentId);
    return {
      conversation: existing(await loaders.conversation.load(event.conversationId)),
      author: existing<Author>(await author),
      endsAt: event.endsAt,
    };
  }
}
