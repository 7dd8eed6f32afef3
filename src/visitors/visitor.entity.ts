import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { Author } from "../author.js";
import type { Json } from "../json.js";

export enum EmailSource {
  FORM = "FORM",
  CHAT = "CHAT",
  AGENT = "AGENT",
  IDENTITY = "IDENTITY",
}
registerEnumType(EmailSource, {
  name: "EmailSource",
  description: "How the visitor's email address became known. Whether it is theirs is said by `addressProof`.",
  valuesConfig: {
    FORM: { description: "Entered in the contact form." },
    CHAT: { description: "Written in the chat." },
    AGENT: { description: "Entered by an agent." },
    IDENTITY: { description: "Signed by the website." },
  },
});

export enum AddressProofKind {
  ANSWER = "ANSWER",
  LINK = "LINK",
  IDENTITY = "IDENTITY",
  AGENT = "AGENT",
}
registerEnumType(AddressProofKind, {
  name: "AddressProofKind",
  description: "What shows that an email address is the visitor's own.",
  valuesConfig: {
    ANSWER: { description: "An answer came from it, and its sender was verified." },
    LINK: {
      description: "The link in an email that was sent to it was followed, and the conversation read or continued.",
    },
    IDENTITY: { description: "The website signed it." },
    AGENT: { description: "An agent entered or confirmed it." },
  },
});

/** An address as its channel's plugin stores it, and as it is displayed. */
export interface KnownAddress {
  readonly address: Json;
  readonly shown: string;
}

@ObjectType({
  implements: Author,
  simpleResolvers: true,
  description: "A person on the website, or one who writes through another channel.",
})
@Entity({ tableName: "visitors" })
export class Visitor {
  @Field(() => ID)
  @PrimaryKey({ type: "uuid" })
  id!: string;

  /** The website's own id for this person, from a signed identity. */
  @Property({ type: "text", nullable: true })
  externalId!: string | null;

  /** The visitor that this one has joined through an identity. */
  @Property({ type: "uuid", nullable: true, fieldName: "alias_of" })
  aliasOf!: string | null;

  @Field(() => String, { nullable: true, description: "Null until it is known." })
  @Property({ type: "text", nullable: true })
  name!: string | null;

  /** Keyed by channel id. */
  @Property({ type: "json" })
  addresses!: Readonly<Record<string, KnownAddress>>;

  /** Generated from `addresses`. */
  @Property({ type: "text", nullable: true, persist: false })
  email!: string | null;

  @Property({ type: "text", nullable: true })
  emailSource!: EmailSource | null;

  /** Null while the visitor has only typed the address. */
  @Property({ type: "text", nullable: true })
  emailProof!: AddressProofKind | null;

  @Property({ type: "datetime", nullable: true })
  emailProvenAt!: Date | null;

  @Field(() => String, { nullable: true, description: "A BCP 47 language tag, as reported by the browser." })
  @Property({ type: "text", nullable: true })
  locale!: string | null;

  @Field(() => String, { nullable: true, description: "An IANA time zone name, as reported by the browser." })
  @Property({ type: "text", nullable: true })
  timeZone!: string | null;

  @Field(() => String, { nullable: true, description: "The page that the visitor last opened: a URL or a path." })
  @Property({ type: "text", nullable: true })
  page!: string | null;

  @Property({ type: "boolean" })
  connected!: boolean;

  /** The last message, typing, reading or recordActivity. */
  @Property({ type: "datetime", nullable: true })
  lastInteractionAt!: Date | null;

  /** When the last connection closed, or leaveWebsite was called. */
  @Property({ type: "datetime", nullable: true })
  departedAt!: Date | null;

  @Property({ type: "datetime", nullable: true })
  optedOutAt!: Date | null;

  /** Where the last session began: an IPv4 address, or the /64 of an IPv6 address. */
  @Property({ type: "text", nullable: true })
  network!: string | null;

  @Property({ type: "datetime", nullable: true })
  blockedAt!: Date | null;

  @Property({ type: "uuid", nullable: true })
  blockedById!: string | null;

  @Property({ type: "datetime" })
  createdAt!: Date;

  @Property({ type: "datetime", nullable: true })
  erasedAt!: Date | null;
}
