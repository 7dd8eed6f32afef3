import { document, type NoVariables } from "../api/document.js";
import { preferenceParts } from "../api/fragments.js";
import type * as Types from "../api/operations.generated.js";

const preferencesText = /* GraphQL */ `
  query Preferences { forwardingPreference { ...PreferenceParts } }
`;
export const preferences = document<Types.PreferencesQuery, NoVariables>(preferencesText, preferenceParts);

const dryRunText = /* GraphQL */ `
  query DryRun($preference: UpdateForwardingPreferenceInput!) {
    forwardingDryRun(preference: $preference) { waiting dueAtOnce noLongerSent }
  }
`;
export const dryRun = document<Types.DryRunQuery, Types.DryRunQueryVariables>(dryRunText);

const updatePreferenceText = /* GraphQL */ `
  mutation UpdatePreference($input: UpdateForwardingPreferenceInput!) {
    updateForwardingPreference(input: $input) { ...PreferenceParts }
  }
`;
export const updatePreference = document<Types.UpdatePreferenceMutation, Types.UpdatePreferenceMutationVariables>(
  updatePreferenceText,
  preferenceParts,
);

const sendPreviewText = /* GraphQL */ `
  mutation SendPreview($preference: UpdateForwardingPreferenceInput) { sendEmailPreview(preference: $preference) }
`;
export const sendPreview = document<Types.SendPreviewMutation, Types.SendPreviewMutationVariables>(sendPreviewText);
