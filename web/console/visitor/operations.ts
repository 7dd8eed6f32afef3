import { document } from "../api/document.js";
import { deliveryParts, visitorParts } from "../api/fragments.js";
import type * as Types from "../api/operations.generated.js";

const visitorsPastText = /* GraphQL */ `
  query VisitorsPast($conversationId: ID!) {
    conversation(id: $conversationId) {
      id
      visitor {
        id
        conversations(first: 6) {
          nodes { id status startedAt lastActivityAt lastMessage { id text } }
          pageInfo { hasNextPage }
        }
      }
    }
    deliveries(filter: { conversationId: $conversationId }, first: 10) {
      nodes { ...DeliveryParts }
      pageInfo { hasNextPage }
    }
  }
`;
export const visitorsPast = document<Types.VisitorsPastQuery, Types.VisitorsPastQueryVariables>(
  visitorsPastText,
  deliveryParts,
);

const eraseVisitorText = /* GraphQL */ `
  mutation EraseVisitor($id: ID!) { eraseVisitor(visitorId: $id) { ...VisitorParts } }
`;
export const eraseVisitor = document<Types.EraseVisitorMutation, Types.EraseVisitorMutationVariables>(
  eraseVisitorText,
  visitorParts,
);

const blockVisitorText = /* GraphQL */ `
  mutation BlockVisitor($id: ID!) { blockVisitor(visitorId: $id) { ...VisitorParts } }
`;
export const blockVisitor = document<Types.BlockVisitorMutation, Types.BlockVisitorMutationVariables>(
  blockVisitorText,
  visitorParts,
);

const revokeResumeCodesText = /* GraphQL */ `
  mutation RevokeResumeCodes($id: ID!) { revokeResumeCodes(conversationId: $id) { id } }
`;
export const revokeResumeCodes = document<Types.RevokeResumeCodesMutation, Types.RevokeResumeCodesMutationVariables>(
  revokeResumeCodesText,
);
