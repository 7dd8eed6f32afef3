import { ForwardingState } from "./forwarding.js";

const explanations = {
  NOTHING_PENDING: "There is no reply that the visitor has not seen.",
  WAITING: "The replies are waiting for their time: see Conversation.forwarding.dueAt.",
  SENDING: "A delivery of this conversation is being sent.",
  FAILED: "The last delivery was given up.",
  DISABLED: "Forwarding is switched off: an admin can change the mode by updateForwardingPreference.",
  NO_ADDRESS: "The visitor has left no address: ask for one in the chat, or note it by updateVisitor.",
  OPTED_OUT: "The visitor has asked for no more email, or for none about this conversation: only they can change that.",
  ADDRESS_SUPPRESSED: "Mail to this address came back: ask the visitor for another one.",
  HELD: "An agent holds the replies back: call releaseForwarding first.",
  CHANNEL_UNAVAILABLE: "The channel is not configured, or paused: see its health in the query channels.",
  UNCERTAIN: "The last delivery may have arrived: look at it, then call retryDelivery to send it again.",
} as const satisfies Record<ForwardingState, string>;

/** What a state means for someone who wanted to send, and what to do about it. */
export function explainState(state: ForwardingState): string {
  return explanations[state];
}
