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

@ObjectType({ simpleResolvers: true })
export class ContactForm {
  @Field(() => ContactFormRule, { description: "OPTIONAL" })
  whenOnline!: ContactFormRule;

  @Field(() => ContactFormRule, {
    description: "REQUIRED. Agents who are offline or invisible do not count as online.",
  })
  whenOffline!: ContactFormRule;

  @Field(() => Boolean)
  agentsOnline!: boolean;

  @Field(() => ContactFormRule, { description: "The rule that holds now." })
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
  @Query(() => ContactForm, { description: "V A D -  What the widget shows before a visitor may write." })
  contactForm(@Ctx() { services }: OperationContext): Promise<ContactForm> {
    return readContactForm(services);
  }

  @Authorized(...admins)
  @Mutation(() => ContactForm, { description: "D" })
  updateContactForm(
    @Ctx() { services }: OperationContext,
    @Arg("input", () => UpdateContactFormInput) input: UpdateContactFormInput,
  ): Promise<ContactForm> {
    return updateContactForm(services, withoutNulls(input));
  }

  @Subscription(() => ContactForm, {
    description: "V A D -  Agents came or went, or an admin changed the form.",
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
