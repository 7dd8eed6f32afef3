import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { Author } from "../author.js";
import { AgentRole } from "../viewer.js";

registerEnumType(AgentRole, {
  name: "AgentRole",
  valuesConfig: {
    AGENT: { description: "Answers visitors." },
    ADMIN: { description: "Can also manage agents, preferences and channels, and erase visitors." },
  },
});

export enum Availability {
  ONLINE = "ONLINE",
  INVISIBLE = "INVISIBLE",
  OFFLINE = "OFFLINE",
}
registerEnumType(Availability, {
  name: "Availability",
  description: "What an agent chose.",
  valuesConfig: {
    ONLINE: { description: "Counts as online while connected." },
    INVISIBLE: { description: "Works without counting as online." },
    OFFLINE: { description: "Does not count as online." },
  },
});

/** A member of staff. Agents are never deleted, because their messages refer to them: removing one sets `removedAt`. */
@ObjectType({ implements: Author, simpleResolvers: true, description: "A member of the staff who answers visitors." })
@Entity({ tableName: "agents" })
export class Agent {
  @Field(() => ID)
  @PrimaryKey({ type: "uuid" })
  id!: string;

  @Field({ description: "Shown to visitors beside the agent's replies." })
  @Property({ type: "text" })
  name!: string;

  @Property({ type: "text" })
  email!: string;

  @Property({ type: "text" })
  role!: AgentRole;

  @Property({ type: "text", lazy: true })
  passwordHash!: string;

  /** Still the one that the first admin got at the start. */
  @Property({ type: "boolean", lazy: true })
  firstPassword!: boolean;

  /** When the agent or an admin last changed it. */
  @Property({ type: "datetime", nullable: true, lazy: true })
  passwordChangedAt!: Date | null;

  @Property({ type: "text" })
  availability!: Availability;

  @Property({ type: "boolean" })
  connected!: boolean;

  /** When the last connection of an ONLINE agent dropped. */
  @Property({ type: "datetime", nullable: true })
  droppedAt!: Date | null;

  /** When the agent last went offline by choice. */
  @Property({ type: "datetime", nullable: true })
  offlineAt!: Date | null;

  @Property({ type: "datetime" })
  createdAt!: Date;

  @Property({ type: "datetime", nullable: true })
  removedAt!: Date | null;
}
