import type { ChannelConnection, ChannelHealth, DeliveryResult } from "afterchat/channel";
import type { ComposedMail } from "./compose-mail.js";

/** The one thing that differs between a real server and the mailbox: what becomes of a composed mail. */
export interface MailTransport
  extends Pick<ChannelConnection, "routes" | "sendsAtOnce" | "shortRoutes" | "startNotes"> {
  /** Classifies every failure; never throws. `conversationId`: whose erasure erases what is kept of it. */
  send(mail: ComposedMail, conversationId: string, signal: AbortSignal): Promise<DeliveryResult>;
  checkHealth(signal: AbortSignal): Promise<ChannelHealth>;
  close(): Promise<void>;
}
