import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { registerEnumType } from "type-graphql";

export enum ContactFormRule {
  OFF = "OFF",
  OPTIONAL = "OPTIONAL",
  REQUIRED = "REQUIRED",
}
registerEnumType(ContactFormRule, { name: "ContactFormRule" });

/** When the widget asks for an email address: one row for the whole installation, which admins can change. */
@Entity({ tableName: "contact_form" })
export class ContactFormRules {
  @PrimaryKey({ type: "integer" })
  id!: number;

  @Property({ type: "text" })
  whenOnline!: ContactFormRule;

  @Property({ type: "text" })
  whenOffline!: ContactFormRule;
}
