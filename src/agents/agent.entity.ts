import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { AgentRole } from "../viewer.js";

registerEnumType(AgentRole, { name: "AgentRole" });

export enum Availability {
  ONLINE = "ONLINE",
  INVISIBLE = "INVISIBLE",
  OFFLINE = "OFFLINE",
}
registerEnumType(Availability, { name: "Availability" });

/** A member of staff. Agents are never deleted, because their messages refer to them: removing one sets `removedAt`. */
@ObjectType({ simpleResolvers: true })
@Entity({ tableName: "agents" })
export class Agent {
  @Field(() => ID)
  @PrimaryKey({ type: "uuid" })
  id!: string;

  @Field()
  @Property({ type: "text" })
  name!: string;

  @Property({ type: "text" })
  email!: string;

  @Property({ type: "text" })
  role!: AgentRole;

  @Property({ type: "text", lazy: true })
  passwordHash!: string;

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
