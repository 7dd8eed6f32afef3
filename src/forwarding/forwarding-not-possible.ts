import { deliveryNotPossible } from "../errors.js";
import { ForwardingState } from "./forwarding.js";

/** What each state means for someone who wanted to send, and what to do about it. */
const explanations = {
  NOTHING_PENDING: "There is no reply that the visitor has not seen.",
  WAITING: "The replies are forwarded when they are due: see Conversation.forwarding.dueAt.",
  SENDING: "A delivery of this conversation is being sent.",
  FAILED: "The last delivery has failed.",
  DISABLED: "Forwarding is switched off: an admin can change the mode with updateForwardingPreference.",
  NO_ADDRESS: "The visitor has left no address: ask for one in the chat, or set it with updateVisitor.",
  ADDRESS_UNPROVEN:
    "The visitor has only typed the address, and too much was sent to such addresses: check that it is theirs and confirm it with updateVisitor, or send with forwardNow.",
  OPTED_OUT:
    "The visitor has opted out of email, or of email about this conversation: only the visitor can change that.",
  ADDRESS_SUPPRESSED: "Mail to this address bounced or was reported as unwanted: ask the visitor for another address.",
  HELD: "An agent holds the replies back: call releaseForwarding first.",
  CHANNEL_UNAVAILABLE: "The channel is not configured, or paused: see its health in the query channels.",
  UNCERTAIN: "The last delivery may have arrived: check it, then call retryDelivery to send it again.",
  BLOCKED: "This visitor is blocked: call unblockVisitor first.",
} as const satisfies Record<ForwardingState, string>;

/** The error DELIVERY_NOT_POSSIBLE, with the state that prevents the delivery as its reason. */
export function forwardingNotPossible(state: ForwardingState): Error {
  return deliveryNotPossible(state, explanations[state]);
}
