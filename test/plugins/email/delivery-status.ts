import { readFixture } from "./read-fixture.js";

export interface DeliveryStatus {
  /** The envelope sender of the email that the report is about. */
  readonly to: string;
  /** The recipient of that email. */
  readonly recipient?: string;
  readonly action?: string;
  /** Null omits the field. */
  readonly status?: string | null;
  readonly diagnostic?: string | null;
  /** The returned part of the email, by line. */
  readonly returned: readonly string[];
}

/** A delivery status notification (RFC 3464). */
export function deliveryStatus({
  to,
  recipient = "ana@home.example",
  action = "failed",
  status = "5.1.1",
  diagnostic = "smtp; 550 5.1.1 User unknown",
  returned,
}: DeliveryStatus): Buffer {
  const fields = [
    ...(status === null ? [] : [`Status: ${status}`]),
    ...(diagnostic === null ? [] : [`Diagnostic-Code: ${diagnostic}`]),
  ];
  return readFixture("bounces/delivery-status.eml", {
    to,
    recipient,
    action,
    "status-fields": fields.map((field) => `\r\n${field}`).join(""),
    returned: returned.join("\r\n"),
  });
}
