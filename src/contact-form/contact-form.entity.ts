import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";
import { registerEnumType } from "type-graphql";

export enum ContactFormRule {
  OFF = "OFF",
  OPTIONAL = "OPTIONAL",
  REQUIRED = "REQUIRED",
}
registerEnumType(ContactFormRule, {
  name: "ContactFormRule",
  description: "Whether visitors are asked for their email address.",
  valuesConfig: {
    OFF: { description: "The form is not shown." },
    OPTIONAL: { description: "The form is shown, but visitors may write without it." },
    REQUIRED: {
      description: "Visitors who are not identified must submit the form before they begin or reopen a conversation.",
    },
  },
});

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
