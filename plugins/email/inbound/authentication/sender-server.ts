import { isIP } from "node:net";
import { isPrivateAddress } from "afterchat/channel";

/** The address of an SMTP client if it is the sender's own server, which SPF is checked against; null for a relay of the operator. */
export function senderServer(remoteAddress: string): string | null {
  return isIP(remoteAddress) === 0 || isPrivateAddress(remoteAddress) ? null : remoteAddress;
}
