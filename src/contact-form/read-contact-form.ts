import { readAgentsPresence } from "../agents/read-agents-presence.js";
import type { Statement, Transaction } from "../database/database.js";
import type { Services } from "../services.js";
import { chooseRule } from "./choose-rule.js";
import type { ContactFormRule, ContactFormRules } from "./contact-form.entity.js";

/** Whether the widget asks for an email address before a visitor can write. */
export interface ContactForm {
  readonly whenOnline: ContactFormRule;
  readonly whenOffline: ContactFormRule;
  readonly agentsOnline: boolean;
  /** The rule that applies now. */
  readonly current: ContactFormRule;
}

export async function readContactForm(services: Pick<Services, "clock" | "database">): Promise<ContactForm> {
  const { database, clock } = services;
  return queryContactForm(database.query.bind(database), clock.now());
}

/** Like `readContactForm`, but within a transaction, which sees its own changes. */
export async function queryContactForm(query: Transaction["query"], now: Date): Promise<ContactForm> {
  const [rules] = await query<ContactFormRules>(readStatement, []);
  if (rules === undefined) throw new Error("The table contact_form is empty: restore its row from a backup.");
  const { online } = await readAgentsPresence(query, now);
  const { whenOnline, whenOffline } = rules;
  return { whenOnline, whenOffline, agentsOnline: online, current: chooseRule(rules, online) };
}

const readStatement: Statement = { name: "read-contact-form", text: "SELECT * FROM contact_form WHERE id = 1" };
