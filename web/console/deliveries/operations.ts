import { document } from "../api/document.js";
import type * as Types from "../api/operations.generated.js";

const deliveryRowParts = /* GraphQL */ `
  fragment DeliveryRowParts on Delivery {
    id status kind trigger address attempts dueAt nextAttemptAt sentAt deliveredAt endedAt cancelReason late
    failure { code detail }
    channel { id name policy }
    requestedBy { id name }
    messages { id text }
    conversation { id status visitor { id name timeZone } }
  }
`;
const deliveryListText = /* GraphQL */ `
  query DeliveryList($filter: DeliveryFilter, $after: String) {
    deliveries(filter: $filter, after: $after, first: 25) {
      nodes { ...DeliveryRowParts }
      pageInfo { endCursor hasNextPage }
    }
  }
`;
export const deliveryList = document<Types.DeliveryListQuery, Types.DeliveryListQueryVariables>(
  deliveryListText,
  deliveryRowParts,
);

const deliveryEmailText = /* GraphQL */ `
  query DeliveryEmail($conversationId: ID!) {
    deliveries(filter: { conversationId: $conversationId }, first: 25) {
      nodes { id email { from subject html text } }
    }
  }
`;
export const deliveryEmail = document<Types.DeliveryEmailQuery, Types.DeliveryEmailQueryVariables>(deliveryEmailText);

const emailPreviewText = /* GraphQL */ `
  query EmailPreview($conversationId: ID, $preference: UpdateForwardingPreferenceInput) {
    emailPreview(conversationId: $conversationId, preference: $preference) { from subject html text }
  }
`;
export const emailPreview = document<Types.EmailPreviewQuery, Types.EmailPreviewQueryVariables>(emailPreviewText);
