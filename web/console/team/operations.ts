import type { NoVariables } from "../api/document.js";
import { document } from "../api/document.js";
import { agentParts } from "../api/fragments.js";
import type * as Types from "../api/operations.generated.js";

const teamText = /* GraphQL */ `
  query Team { agents { ...AgentParts } }
`;
export const team = document<Types.TeamQuery, NoVariables>(teamText, agentParts);

const createAgentText = /* GraphQL */ `
  mutation CreateAgent($input: CreateAgentInput!) { createAgent(input: $input) { ...AgentParts } }
`;
export const createAgent = document<Types.CreateAgentMutation, Types.CreateAgentMutationVariables>(
  createAgentText,
  agentParts,
);

const updateAgentText = /* GraphQL */ `
  mutation UpdateAgent($input: UpdateAgentInput!) { updateAgent(input: $input) { ...AgentParts } }
`;
export const updateAgent = document<Types.UpdateAgentMutation, Types.UpdateAgentMutationVariables>(
  updateAgentText,
  agentParts,
);

const removeAgentText = /* GraphQL */ `
  mutation RemoveAgent($id: ID!) { removeAgent(agentId: $id) { id } }
`;
export const removeAgent = document<Types.RemoveAgentMutation, Types.RemoveAgentMutationVariables>(removeAgentText);

const changePasswordText = /* GraphQL */ `
  mutation ChangePassword($input: ChangePasswordInput!) { changePassword(input: $input) { token deviceToken } }
`;
export const changePassword = document<Types.ChangePasswordMutation, Types.ChangePasswordMutationVariables>(
  changePasswordText,
);
