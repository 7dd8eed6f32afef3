import { isIP } from "node:net";
import { isPrivateAddress } from "afterchat/channel";

/** The address of an SMTP client to check SPF for, if it is the sender's server; null for the operator's own relay. */
export function senderServer(remoteAddress: string): string | null {
  return isIP(remoteAddress) === 0 || isPrivateAddress(remoteAddress) ? null : remoteAddress;
}
