import type { CheckedSender, SenderToCheck } from "../authentication/check-sender.js";
import type { MailToRead, ReadMail } from "./read-mail.js";

// What a process that reads emails is told, and what it answers. Bytes go ahead of the message that they belong to, in
// slices: a message of 25 MB would keep the sender busy for 60 milliseconds.

type WithoutContent<Task> = Omit<Task, "content">;

export type ToChild =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  /** The bytes before it are the content. */
  | { readonly type: "read"; readonly task: WithoutContent<MailToRead> }
  | { readonly type: "check"; readonly task: WithoutContent<SenderToCheck> };

export type FromChild =
  /** Its code is loaded. */
  | { readonly type: "ready" }
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  /** The bytes before it are the attachments, one after the other. In `result` they are empty. */
  | { readonly type: "read"; readonly result: ReadMail; readonly attachmentSizes: readonly number[] }
  | { readonly type: "check"; readonly result: CheckedSender }
  | { readonly type: "failed"; readonly message: string };

const sliceBytes = 512 * 1024;

/** The bytes as messages, each to be sent when the one before has left. */
export function* slicesOf(bytes: Uint8Array): Generator<{ readonly type: "bytes"; readonly bytes: Uint8Array }> {
  for (let at = 0; at < bytes.byteLength; at += sliceBytes) {
    yield { type: "bytes", bytes: bytes.subarray(at, at + sliceBytes) };
  }
}
