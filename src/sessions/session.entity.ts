import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";

export type StoredSessionKind = "VISITOR" | "GUEST" | "AGENT";

/** What a token stands for. Ending it, or its expiry, refuses the token from then on. */
@Entity({ tableName: "sessions" })
export class Session {
  @PrimaryKey({ type: "uuid" })
  id!: string;

  @Property({ type: "text" })
  kind!: StoredSessionKind;

  @Property({ type: "uuid", nullable: true })
  visitorId!: string | null;

  @Property({ type: "uuid", nullable: true })
  agentId!: string | null;

  /** The one conversation of a guest session. */
  @Property({ type: "uuid", nullable: true })
  conversationId!: string | null;

  /** When a guest first did something: before that, opening the link may have been a mail scanner. */
  @Property({ type: "datetime", nullable: true })
  activeAt!: Date | null;

  @Property({ type: "datetime" })
  createdAt!: Date;

  @Property({ type: "datetime" })
  expiresAt!: Date;

  @Property({ type: "datetime", nullable: true })
  endedAt!: Date | null;
}
