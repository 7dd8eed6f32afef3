import { isIP } from "node:net";
import { isPrivateAddress } from "afterchat/channel";

/** The address of an SMTP client if it is the sender's own server, by which SPF is judged; null: a relay of the operator's. */
export function senderServer(remoteAddress: string): string | null {
  return isIP(remoteAddress) === 0 || isPrivateAddress(remoteAddress) ? null : remoteAddress;
}
