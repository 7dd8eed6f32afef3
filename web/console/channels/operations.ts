import { document, type NoVariables } from "../api/document.js";
import { channelParts } from "../api/fragments.js";
import type * as Types from "../api/operations.generated.js";

const channelListText = /* GraphQL */ `
  query ChannelList { channels { ...ChannelParts } website { visitorsOnline } }
`;
export const channelList = document<Types.ChannelListQuery, NoVariables>(channelListText, channelParts);

const channelSettingsText = /* GraphQL */ `
  query ChannelSettings { channels { id settings { name set required } } website { seenOn { origin at } } }
`;
export const channelSettings = document<Types.ChannelSettingsQuery, NoVariables>(channelSettingsText);

const checkChannelText = /* GraphQL */ `
  mutation CheckChannel($id: ID!) { checkChannel(channel: $id) { ...ChannelParts } }
`;
export const checkChannel = document<Types.CheckChannelMutation, Types.CheckChannelMutationVariables>(
  checkChannelText,
  channelParts,
);

const resumeChannelText = /* GraphQL */ `
  mutation ResumeChannel($id: ID!) { resumeChannel(channel: $id) { ...ChannelParts } }
`;
export const resumeChannel = document<Types.ResumeChannelMutation, Types.ResumeChannelMutationVariables>(
  resumeChannelText,
  channelParts,
);
