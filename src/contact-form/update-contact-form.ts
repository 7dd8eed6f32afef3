import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import type { ContactFormRule } from "./contact-form.entity.js";
import { type ContactForm, queryContactForm } from "./read-contact-form.js";

export interface UpdateContactFormInput {
  /** Null and undefined change nothing. */
  readonly whenOnline?: ContactFormRule | null | undefined;
  readonly whenOffline?: ContactFormRule | null | undefined;
}

/** Changes when the widget asks for an email address, and notifies the widgets that show the form. */
export async function updateContactForm(services: Services, input: UpdateContactFormInput): Promise<ContactForm> {
  return services.database.transaction(async (transaction) => {
    await transaction.query(updateStatement, [input.whenOnline ?? null, input.whenOffline ?? null]);
    transaction.publish({ type: "contactFormUpdated" });
    return queryContactForm(transaction.query, services.clock.now());
  });
}

const updateStatement: Statement = {
  name: "update-contact-form",
  text: `UPDATE contact_form SET when_online = coalesce($1, when_online), when_offline = coalesce($2, when_offline)
    WHERE id = 1`,
};
