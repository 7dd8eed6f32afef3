import { Authorized, Ctx, Field, FieldResolver, ObjectType, Resolver, Root, registerEnumType } from "type-graphql";
import type { OperationContext } from "../context.js";
import { Message } from "../conversations/message.entity.js";
import { staff } from "../graphql/permissions.js";
import { OriginalFile, originalFileOf } from "./original-file.js";
import { explainDoubt, SenderDoubt } from "./verify-sender.js";

registerEnumType(SenderDoubt, {
  name: "SenderDoubt",
  description: "Why a sender is not trusted to be the visitor.",
  valuesConfig: {
    NO_SENDER: { description: "The email states no sender." },
    OTHER_SENDER: { description: "The address is not the visitor's." },
    NOT_AUTHENTICATED: {
      description: "The address is the visitor's, but nothing proves that the email was sent from there.",
    },
  },
});

@ObjectType({ simpleResolvers: true, description: "The sender of a message that was received by email." })
export class EmailSender {
  @Field(() => String, { description: "The address that the email states; empty if it states none." })
  address!: string;

  @Field(() => Boolean, {
    description: "Whether it is the visitor's address, and the email is proven to have been sent from there.",
  })
  verified!: boolean;

  @Field(() => SenderDoubt, { nullable: true, description: "Why the sender is not verified; null if it is." })
  doubt!: SenderDoubt | null;

  @Field(() => String, { nullable: true, description: "The doubt in a sentence; null if the sender is verified." })
  explanation!: string | null;
}

/** Where a message came from. */
@Resolver(() => Message)
export class MessageOriginResolver {
  @Authorized(...staff)
  @FieldResolver(() => EmailSender, {
    nullable: true,
    description: "Who sent it, if it was received by email; null otherwise.",
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
    description:
      "What the message was extracted from, complete with quoted text; null if it was written on the website, or once deleted.",
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
