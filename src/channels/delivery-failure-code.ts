import { registerEnumType } from "type-graphql";

/** The plugin contract's `FailureCode` as a GraphQL enum, and BLOCKED, which no plugin reports. */
export enum DeliveryFailureCode {
  ADDRESS_INVALID = "ADDRESS_INVALID",
  OPTED_OUT = "OPTED_OUT",
  WINDOW_CLOSED = "WINDOW_CLOSED",
  CONTENT_REJECTED = "CONTENT_REJECTED",
  CREDENTIALS_INVALID = "CREDENTIALS_INVALID",
  RATE_LIMITED = "RATE_LIMITED",
  UNAVAILABLE = "UNAVAILABLE",
  TIMED_OUT = "TIMED_OUT",
  UNKNOWN = "UNKNOWN",
  BLOCKED = "BLOCKED",
}
registerEnumType(DeliveryFailureCode, {
  name: "DeliveryFailureCode",
  description: "Why a delivery failed.",
  valuesConfig: {
    ADDRESS_INVALID: { description: "The address does not exist, or cannot receive messages." },
    OPTED_OUT: { description: "The recipient does not want messages." },
    WINDOW_CLOSED: {
      description:
        "The platform accepts replies only for a limited time after the visitor's last message, and that time has passed.",
    },
    CONTENT_REJECTED: { description: "The channel refused the content." },
    CREDENTIALS_INVALID: { description: "The channel refused Afterchat's credentials." },
    RATE_LIMITED: { description: "Too many messages were sent in a short time." },
    UNAVAILABLE: { description: "The channel could not be reached, or was out of order." },
    TIMED_OUT: { description: "The channel did not answer in time." },
    UNKNOWN: { description: "Anything else." },
    BLOCKED: { description: "Staff had blocked the visitor." },
  },
});
