import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";

export type StoredSessionKind = "VISITOR" | "GUEST" | "AGENT";

/** The session that a token refers to. Once it has ended or expired, the token is rejected. */
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

  /** The only conversation that a guest session can access. */
  @Property({ type: "uuid", nullable: true })
  conversationId!: string | null;

  /** When a guest first interacted: until then, it may be a mail scanner that opened the link. */
  @Property({ type: "datetime", nullable: true })
  activeAt!: Date | null;

  /** The fingerprint of the address that a guest's link was sent to. */
  @Property({ type: "text", nullable: true })
  linkedAddress!: string | null;

  @Property({ type: "datetime" })
  createdAt!: Date;

  @Property({ type: "datetime" })
  expiresAt!: Date;

  @Property({ type: "datetime", nullable: true })
  endedAt!: Date | null;
}
