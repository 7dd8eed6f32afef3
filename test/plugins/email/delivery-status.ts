import { readFixture } from "./read-fixture.js";

export interface DeliveryStatus {
  /** Where the report goes: the envelope's sender of the mail that it is about. */
  readonly to: string;
  /** Whom the mail was for. */
  readonly recipient?: string;
  readonly action?: string;
  /** Null: the report has none. */
  readonly status?: string | null;
  readonly diagnostic?: string | null;
  /** What it brings back of the mail, by line. */
  readonly returned: readonly string[];
}

/** What a server sends that could not deliver a mail, or did later than expected (RFC 3464). */
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
