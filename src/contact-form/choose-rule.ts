import type { ContactFormRule, ContactFormRules } from "./contact-form.entity.js";

/** The rule that applies. Agents who are OFFLINE or INVISIBLE do not count as online. */
export function chooseRule(
  rules: Pick<ContactFormRules, "whenOnline" | "whenOffline">,
  agentsOnline: boolean,
): ContactFormRule {
  return agentsOnline ? rules.whenOnline : rules.whenOffline;
}
