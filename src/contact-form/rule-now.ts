import type { ContactFormRule, ContactFormRules } from "./contact-form.entity.js";

/** The rule that holds now. Agents who are offline or invisible do not count as online. */
export function ruleNow(
  rules: Pick<ContactFormRules, "whenOnline" | "whenOffline">,
  agentsOnline: boolean,
): ContactFormRule {
  return agentsOnline ? rules.whenOnline : rules.whenOffline;
}
