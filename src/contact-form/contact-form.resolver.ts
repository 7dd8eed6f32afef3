import {
  Arg,
  Authorized,
  Ctx,
  Field,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import type { OperationContext } from "../context.js";
import type { ChangeOf } from "../events/events.js";
import { admins } from "../graphql/permissions.js";
import { withoutNulls } from "../graphql/without-nulls.js";
import { ContactFormRule } from "./contact-form.entity.js";
import { readContactForm } from "./read-contact-form.js";
import { updateContactForm } from "./update-contact-form.js";

@ObjectType({
  simpleResolvers: true,
  description: "The form in which the widget asks for the visitor's email address.",
})
export class ContactForm {
  @Field(() => ContactFormRule, { description: "The rule while an agent is online. OPTIONAL by default." })
  whenOnline!: ContactFormRule;

  @Field(() => ContactFormRule, { description: "The rule while no agent is online. REQUIRED by default." })
  whenOffline!: ContactFormRule;

  @Field(() => Boolean, { description: "Whether an agent is online now." })
  agentsOnline!: boolean;

  @Field(() => ContactFormRule, { description: "The rule that applies now." })
  current!: ContactFormRule;
}

@InputType()
export class UpdateContactFormInput {
  @Field(() => ContactFormRule, { nullable: true })
  whenOnline?: ContactFormRule | null;

  @Field(() => ContactFormRule, { nullable: true })
  whenOffline?: ContactFormRule | null;
}

@Resolver(() => ContactForm)
export class ContactFormResolver {
  @Query(() => ContactForm, {
    description: "Whether the widget asks visitors for their email address before they write.",
  })
  contactForm(@Ctx() { services }: OperationContext): Promise<ContactForm> {
    return readContactForm(services);
  }

  @Authorized(...admins)
  @Mutation(() => ContactForm, {
    description: "Changes the contact form. Fields that are left out or null stay as they are.",
  })
  updateContactForm(
    @Ctx() { services }: OperationContext,
    @Arg("input", () => UpdateContactFormInput) input: UpdateContactFormInput,
  ): Promise<ContactForm> {
    return updateContactForm(services, withoutNulls(input));
  }

  @Subscription(() => ContactForm, {
    description: "An admin changed the contact form, or an agent came online or went offline.",
    subscribe: ({ context }: { context: OperationContext }) =>
      context.services.events.subscribe("contactFormUpdated", "all"),
  })
  contactFormUpdated(
    @Root() event: ChangeOf<"contactFormUpdated">,
    @Ctx() { services }: OperationContext,
  ): Promise<ContactForm> {
    let form = formsByEvent.get(event);
    if (form === undefined) {
      form = readContactForm(services);
      formsByEvent.set(event, form);
    }
    return form;
  }
}

/** Every open widget receives the same event, so the form is read once for all of them. */
const formsByEvent = new WeakMap<ChangeOf<"contactFormUpdated">, Promise<ContactForm>>();
