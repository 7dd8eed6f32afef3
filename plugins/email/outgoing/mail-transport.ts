import type { ChannelConnection, ChannelHealth, DeliveryResult } from "afterchat/channel";
import type { ComposedMail } from "./compose-mail.js";

/** Sends composed emails through an SMTP server, or stores them in the dev mailbox. */
export interface MailTransport
  extends Pick<ChannelConnection, "routes" | "sendsAtOnce" | "shortRoutes" | "startNotes"> {
  /** Classifies every failure; never throws. What is stored of the email is erased with `conversationId`. */
  send(mail: ComposedMail, conversationId: string, signal: AbortSignal): Promise<DeliveryResult>;
  checkHealth(signal: AbortSignal): Promise<ChannelHealth>;
  close(): Promise<void>;
}
