import { document } from "../api/document.js";
import type * as Types from "../api/operations.generated.js";

const suppressedListText = /* GraphQL */ `
  query SuppressedList($search: String, $after: String) {
    suppressedAddresses(search: $search, after: $after, first: 25) {
      nodes { address channel { id name } reason since detail }
      pageInfo { endCursor hasNextPage }
    }
  }
`;
export const suppressedList = document<Types.SuppressedListQuery, Types.SuppressedListQueryVariables>(
  suppressedListText,
);

const liftSuppressionText = /* GraphQL */ `
  mutation LiftSuppression($channel: ID!, $address: String!) {
    liftSuppression(channel: $channel, address: $address) { address channel { id } reason }
  }
`;
export const liftSuppression = document<Types.LiftSuppressionMutation, Types.LiftSuppressionMutationVariables>(
  liftSuppressionText,
);
