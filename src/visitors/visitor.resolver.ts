import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from "type-graphql";
import { validate } from "uuid";
import type { Agent } from "../agents/agent.entity.js";
import { Channel, channelOf } from "../channels/channel.entity.js";
import type { OperationContext } from "../context.js";
import { Viewer } from "../conversations/author.js";
import { notFound } from "../errors.js";
import { WhenAway } from "../forwarding/when-away.js";
import { DateTime } from "../graphql/date-time.js";
import { Json } from "../graphql/json.js";
import { staff, visitors } from "../graphql/permissions.js";
import { withoutNulls } from "../graphql/without-nulls.js";
import { Limited } from "../limits/limited.js";
import { networkOf } from "../limits/network-of.js";
import { isGuest, requireAgent, requireVisitor } from "../viewer.js";
import { submitContactForm } from "./submit-contact-form.js";
import { updateVisitor } from "./update-visitor.js";
import { AddressProofKind, EmailSource, Visitor } from "./visitor.entity.js";
import { isIdentified, maskEmail } from "./visitor-address.js";
import { isOnline, leftAt } from "./visitor-presence.js";

@InputType()
export class SubmitContactFormInput {
  @Field(() => String)
  email!: string;

  @Field(() => String, { nullable: true, description: "Left out, null or empty: unchanged." })
  name?: string | null;
}

@InputType()
export class VisitorAddressInput {
  @Field(() => ID)
  channel!: string;

  @Field(() => Json, {
    nullable: true,
    description:
      "As the channel stores it: a string for email, an object for other channels. Null removes the address.",
  })
  address?: unknown;
}

@InputType()
export class UpdateVisitorInput {
  @Field(() => ID)
  visitorId!: string;

  @Field(() => String, { nullable: true, description: "Null removes it." })
  email?: string | null;

  @Field(() => String, { nullable: true, description: "Null removes it." })
  name?: string | null;

  @Field(() => [VisitorAddressInput], {
    nullable: true,
    description:
      "Addresses on the given channels; those on other channels stay. Give the email address either here or as `email`.",
  })
  addresses?: VisitorAddressInput[] | null;
}

@ObjectType({ simpleResolvers: true, description: "A visitor's address on a channel." })
export class VisitorAddress {
  @Field(() => Channel)
  channel!: Channel;

  @Field(() => String, { description: "In a readable form: never the vendor's bare id." })
  address!: string;
}

export enum AddressProofState {
  UNPROVEN = "UNPROVEN",
  PROVEN = "PROVEN",
}
registerEnumType(AddressProofState, {
  name: "AddressProofState",
  valuesConfig: {
    UNPROVEN: { description: "The visitor has only typed it: it may be somebody else's." },
    PROVEN: { description: "It is the visitor's own." },
  },
});

@ObjectType({ simpleResolvers: true, description: "Whether the visitor's email address is their own." })
export class AddressProof {
  @Field(() => AddressProofState)
  state!: AddressProofState;

  @Field(() => DateTime, { nullable: true, description: "Null while it is UNPROVEN." })
  provenAt!: Date | null;

  @Field(() => AddressProofKind, { nullable: true, description: "What proved it; null while it is UNPROVEN." })
  by!: AddressProofKind | null;
}

@Resolver(() => Visitor)
export class VisitorResolver {
  @Query(() => Viewer, {
    nullable: true,
    description: "The visitor or agent that the token belongs to; null without a token.",
  })
  async viewer(@Ctx() { viewer, loaders }: OperationContext): Promise<Visitor | Agent | null> {
    if (viewer === null) return null;
    return viewer.kind === "visitor" ? loaders.visitor.load(viewer.visitorId) : loaders.agent.load(viewer.agentId);
  }

  @Authorized("VISITOR")
  @Limited({ contactFormsOfVisitor: 1, contactFormsOfNetwork: 1 })
  @Mutation(() => Visitor, { description: "Leaves an email address. From then on the visitor is identified." })
  submitContactForm(
    @Ctx() context: OperationContext,
    @Arg("input", () => SubmitContactFormInput) input: SubmitContactFormInput,
  ): Promise<Visitor> {
    const network = networkOf(context.remoteAddress);
    return submitContactForm(context.services, requireVisitor(context), withoutNulls(input), network);
  }

  @Authorized(...staff)
  @Mutation(() => Visitor, {
    description:
      "Changes what is known about a visitor, such as an email address given in the chat. Fields that are left out stay as they are. A shared address never merges visitors.",
  })
  updateVisitor(
    @Ctx() context: OperationContext,
    @Arg("input", () => UpdateVisitorInput) input: UpdateVisitorInput,
  ): Promise<Visitor> {
    return updateVisitor(context.services, requireAgent(context), input);
  }

  @FieldResolver(() => String, { nullable: true, description: "Masked for guests." })
  email(@Root() visitor: Visitor, @Ctx() { viewer }: OperationContext): string | null {
    return visitor.email !== null && isGuest(viewer) ? maskEmail(visitor.email) : visitor.email;
  }

  @Authorized(...staff)
  @FieldResolver(() => EmailSource, { nullable: true, description: "How the email address became known." })
  emailSource(@Root() visitor: Visitor): EmailSource | null {
    return visitor.emailSource;
  }

  @Authorized(...staff)
  @FieldResolver(() => AddressProof, {
    nullable: true,
    description:
      "Whether the email address is proven to be the visitor's own; null without one. Confirm it by entering it with `updateVisitor`. Another address begins UNPROVEN again.",
  })
  addressProof(@Root() { email, emailProof, emailProvenAt }: Visitor): AddressProof | null {
    if (email === null) return null;
    const state = emailProvenAt === null ? AddressProofState.UNPROVEN : AddressProofState.PROVEN;
    return { state, provenAt: emailProvenAt, by: emailProof };
  }

  @Authorized(...staff)
  @FieldResolver(() => [VisitorAddress], {
    nullable: true,
    description: "The visitor's known addresses, at most one per channel.",
  })
  addresses(@Root() visitor: Visitor, @Ctx() { services }: OperationContext): VisitorAddress[] {
    const order = services.channels.all().map(({ plugin }) => plugin.id);
    const rank = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length);
    return Object.entries(visitor.addresses)
      .sort(([a], [b]) => rank(a) - rank(b))
      .map(([id, { shown }]) => ({ channel: channelOf(services, id), address: shown }));
  }

  @FieldResolver(() => Boolean, { description: "Whether the visitor can be reached after leaving the website." })
  identified(@Root() visitor: Visitor, @Ctx() { services }: OperationContext): boolean {
    return isIdentified(visitor, services.channels.whenAway());
  }

  @Authorized(...visitors)
  @FieldResolver(() => WhenAway, {
    description:
      "What may be promised about answers that come after the visitor has left, in general or in one conversation. A guest's is about the one that their link opened.",
  })
  async whenAway(
    @Root() visitor: Visitor,
    @Ctx() context: OperationContext,
    @Arg("conversationId", () => ID, { nullable: true }) conversationId?: string | null,
  ): Promise<WhenAway> {
    const { guestOf } = requireVisitor(context);
    const id = conversationId ?? guestOf;
    if (id !== null && (!validate(id) || (guestOf !== null && id !== guestOf))) throw notFound("conversation");
    const promised = await context.loaders.whenAway(context.services, visitor.id, id);
    if (promised === null) throw notFound("conversation");
    return promised;
  }

  @FieldResolver(() => Boolean, { description: "Whether the visitor is on the website now." })
  online(@Root() visitor: Visitor, @Ctx() { services }: OperationContext): boolean {
    return isOnline(visitor, services.clock.now());
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: "When the visitor was last on the website; null while online, and before any visit.",
  })
  leftAt(@Root() visitor: Visitor, @Ctx() { services }: OperationContext): Date | null {
    return leftAt(visitor, services.clock.now());
  }

  @FieldResolver(() => Boolean, {
    description: "Whether the visitor asked for no more email. See `Conversation.optedOut` for a single conversation.",
  })
  optedOut(@Root() visitor: Visitor): boolean {
    return visitor.optedOutAt !== null;
  }
}
