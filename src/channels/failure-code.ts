import { registerEnumType } from "type-graphql";

/** The contract's `FailureCode`, as the API shows it. */
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
}
registerEnumType(DeliveryFailureCode, { name: "DeliveryFailureCode" });
