import { document, type NoVariables } from "../api/document.js";
import type * as Types from "../api/operations.generated.js";

const rulesText = /* GraphQL */ `
  query ContactFormRules { contactForm { whenOnline whenOffline current agentsOnline } }
`;
export const rules = document<Types.ContactFormRulesQuery, NoVariables>(rulesText);

const updateRulesText = /* GraphQL */ `
  mutation UpdateContactFormRules($input: UpdateContactFormInput!) {
    updateContactForm(input: $input) { whenOnline whenOffline current agentsOnline }
  }
`;
export const updateRules = document<
  Types.UpdateContactFormRulesMutation,
  Types.UpdateContactFormRulesMutationVariables
>(updateRulesText);
