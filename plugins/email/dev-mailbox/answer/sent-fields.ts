import type { InboundEnvelope } from "../../inbound/envelope.js";
import type { StoredMail } from "../stored-mails.js";

/** The value of a field of an email's header, unfolded; `""` if it has none. @param name in lower case */
export function fieldOf({ headers }: Pick<StoredMail, "headers">, name: string): string {
  return headers.find((field) => field.name.toLowerCase() === name)?.value ?? "";
}

/** The address in a field that holds one without a name. */
export function pathOf(value: string): string {
  return value.replace(/^</, "").replace(/>$/, "");
}

/** As an inbound source would have it that knows nothing of the server that sends. */
export function envelopeTo(recipient: string, from: string): InboundEnvelope {
  return {
    via: "mailbox",
    from,
    to: [recipient],
    remoteAddress: null,
    helo: null,
    arrivedAt: null,
    providerId: null,
  };
}
