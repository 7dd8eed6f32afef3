import { document } from "../api/document.js";
import type * as Types from "../api/operations.generated.js";

const inboundParts = /* GraphQL */ `
  fragment InboundParts on InboundEmail {
    id status reason detail from to subject receivedAt
    original { url sizeBytes }
    message { id sender { verified explanation } }
    conversation { id status visitor { id name timeZone } }
  }
`;
const inboundListText = /* GraphQL */ `
  query InboundList($filter: InboundEmailFilter, $after: String) {
    inboundEmails(filter: $filter, after: $after, first: 25) {
      nodes { ...InboundParts }
      pageInfo { endCursor hasNextPage }
    }
  }
`;
export const inboundList = document<Types.InboundListQuery, Types.InboundListQueryVariables>(
  inboundListText,
  inboundParts,
);

const retryInboundText = /* GraphQL */ `
  mutation RetryInbound($id: ID!) { retryInboundEmail(inboundEmailId: $id) { ...InboundParts } }
`;
export const retryInbound = document<Types.RetryInboundMutation, Types.RetryInboundMutationVariables>(
  retryInboundText,
  inboundParts,
);
