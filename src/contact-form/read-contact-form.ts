import { readAgentsPresence } from "../agents/agents-online.js";
import type { Statement, Transaction } from "../database/database.js";
import type { Services } from "../services.js";
import type { ContactFormRule, ContactFormRules } from "./contact-form.entity.js";
import { ruleNow } from "./rule-now.js";

/** What the widget shows before a visitor may write. */
export interface ContactForm {
  readonly whenOnline: ContactFormRule;
  readonly whenOffline: ContactFormRule;
  readonly agentsOnline: boolean;
  /** The rule that holds now. */
  readonly current: ContactFormRule;
}

export async function readContactForm(services: Pick<Services, "clock" | "database">): Promise<ContactForm> {
  const { database, clock } = services;
  return contactFormAt(database.query.bind(database), clock.now());
}

/** The same within a transaction, which sees what it has just changed. */
export async function contactFormAt(query: Transaction["query"], now: Date): Promise<ContactForm> {
  const [rules] = await query<ContactFormRules>(readStatement, []);
  if (rules === undefined) throw new Error("contact_form has lost its row: restore it from a backup.");
  const { online } = await readAgentsPresence(query, now);
  const { whenOnline, whenOffline } = rules;
  return { whenOnline, whenOffline, agentsOnline: online, current: ruleNow(rules, online) };
}

const readStatement: Statement = { name: "contact-form", text: "SELECT * FROM contact_form WHERE id = 1" };
