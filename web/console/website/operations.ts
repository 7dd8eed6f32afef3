import { document, type NoVariables } from "../api/document.js";
import type * as Types from "../api/operations.generated.js";

const websiteText = /* GraphQL */ `
  query WebsiteSettings { website { company greeting accent repliesByEmail seenOn { origin at } } }
`;
export const website = document<Types.WebsiteSettingsQuery, NoVariables>(websiteText);

const updateWebsiteText = /* GraphQL */ `
  mutation UpdateWebsite($input: UpdateWebsiteInput!) { updateWebsite(input: $input) { greeting accent } }
`;
export const updateWebsite = document<Types.UpdateWebsiteMutation, Types.UpdateWebsiteMutationVariables>(
  updateWebsiteText,
);
