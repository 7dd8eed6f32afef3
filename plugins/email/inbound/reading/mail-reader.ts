import { type CheckedSender, checkSender, type SenderToCheck } from "../authentication/check-sender.js";
import { type MailToRead, type ReadMail, readMail } from "./read-mail.js";

/** Does what keeps the processor busy for seconds if an email is large. */
export interface MailReader {
  /** @throws {UnreadableMailError}; or what else prevents it, which has nothing to do with the email */
  read(mail: MailToRead, signal: AbortSignal): Promise<ReadMail>;
  /** The same for authentication, which hashes the email. */
  checkSender(sender: SenderToCheck, signal: AbortSignal): Promise<CheckedSender>;
}

/** An email takes more time or memory than it may: the same would happen each time. */
export class UnreadableMailError extends Error {
  override readonly name = "UnreadableMailError";
}

/** Reads in the calling thread and without limits: for commands, which nobody waits for. */
export const readerInThisThread: MailReader = {
  read: (mail) => readMail(mail),
  checkSender: (sender) => checkSender(sender),
};
