import type { InboundSender } from "afterchat/channel";
import { splitAddress } from "../../address.js";
import type { InboundEnvelope } from "../envelope.js";
import { parseAddresses } from "../parse-addresses.js";
import type { InboundMail } from "../parse-mail.js";
import { parseAuthenticationResults } from "./authentication-results.js";

/** For each of them the whole email may be hashed again. */
const maxSignatures = 10;

/** Who an email says that it is from, and what its header shows about that. */
export type ReadSender =
  | { readonly isKnown: true; readonly sender: InboundSender }
  /** To be found out by `authenticateSender`. `domain`: that of the address. `isSigned`: it has signatures (DKIM). */
  | { readonly isKnown: false; readonly address: string; readonly domain: string; readonly isSigned: boolean };

/**
 * Reads the sender. If the name of the operator's server is configured, its topmost result is trusted; fields below may
 * come from the sender.
 * @param authservId the name of the operator's server in Authentication-Results; null: none are trusted
 */
export function readSender(mail: InboundMail, envelope: InboundEnvelope, authservId: string | null): ReadSender {
  const fields = mail.headers.all("from");
  const addresses = parseAddresses(fields);
  const [address = ""] = addresses;
  const unauthenticated = (detail: string): ReadSender => ({
    isKnown: true,
    sender: { address, authenticated: false, detail },
  });
  if (address === "") return unauthenticated("Its From header contains no address.");
  if (fields.length > 1) return unauthenticated("It has several From headers: email clients disagree on who sent it.");
  if (addresses.length > 1) return unauthenticated("Its From header contains several addresses.");
  // Written there for the one address that the email was sent to: as sure as if that address's own server had sent it.
  if (envelope.via === "mailbox") {
    return { isKnown: true, sender: { address, authenticated: true, detail: "It was written in the dev mailbox." } };
  }
  const { domain } = splitAddress(address);
  const reported = parseAuthenticationResults(mail.headers, authservId, domain);
  if (reported !== null) return { isKnown: true, sender: { address, ...reported } };
  if (mail.extent !== "whole") return unauthenticated("Not checked: the email could not be read completely.");
  const signatures = mail.headers.all("dkim-signature").length;
  if (signatures > maxSignatures) return unauthenticated(`Not checked: it has ${signatures} signatures.`);
  if (signatures === 0 && envelope.remoteAddress === null) {
    return unauthenticated("It has no signature (DKIM), and the server that sent it is unknown.");
  }
  return { isKnown: false, address, domain, isSigned: signatures > 0 };
}
