import { Authorized, Ctx, Field, FieldResolver, ObjectType, Resolver, Root, registerEnumType } from "type-graphql";
import type { OperationContext } from "../context.js";
import { Message } from "../conversations/message.entity.js";
import { staff } from "../graphql/permissions.js";
import { OriginalFile, originalFileOf } from "./original-file.js";
import { explainDoubt, SenderDoubt } from "./verify-sender.js";

registerEnumType(SenderDoubt, {
  name: "SenderDoubt",
  description: "Why a sender is not taken for the visitor.",
});

@ObjectType({ simpleResolvers: true, description: "A D  Who sent a message that came by email." })
export class EmailSender {
  @Field(() => String, { description: "As the email says it; empty when it says none." })
  address!: string;

  @Field(() => Boolean, { description: "It is the visitor's address, and the email is proven to come from there." })
  verified!: boolean;

  @Field(() => SenderDoubt, { nullable: true, description: "Null when verified." })
  doubt!: SenderDoubt | null;

  @Field(() => String, { nullable: true, description: "The doubt in a sentence; null when verified." })
  explanation!: string | null;
}

/** Where a message came from. */
@Resolver(() => Message)
export class MessageOriginResolver {
  @Authorized(...staff)
  @FieldResolver(() => EmailSender, {
    nullable: true,
    description: "A D  Who sent it, where that can be forged: of messages that came by email.",
  })
  async sender(@Root() message: Message, @Ctx() { loaders }: OperationContext): Promise<EmailSender | null> {
    const sender = hasOrigin(message) ? await loaders.senderOfMessage.load(message.id) : null;
    if (sender === null) return null;
    const { address, doubt, detail } = sender;
    const explanation = doubt === null ? null : [explainDoubt(doubt), detail ?? ""].join(" ").trim();
    return { address, verified: doubt === null, doubt, explanation };
  }

  @Authorized(...staff)
  @FieldResolver(() => OriginalFile, {
    nullable: true,
    description: "A D  What it was understood from, whole, with all that was quoted.",
  })
  async original(
    @Root() message: Message,
    @Ctx() { services, loaders }: OperationContext,
  ): Promise<OriginalFile | null> {
    return hasOrigin(message) ? originalFileOf(services, await loaders.originalOfMessage.load(message.id)) : null;
  }
}

// Messages written on the website have no origin, so listing them needs no lookup.
function hasOrigin(message: Message): boolean {
  return message.externalId !== null;
}
