import { move, transferableSymbol, valueSymbol } from "piscina";
import { type CheckedSender, checkSender, type SenderToCheck } from "../authentication/check-sender.js";
import { type MailToRead, type ReadMail, readMail } from "./read-mail.js";

// What a reading thread runs, see mail-threads.ts.

/** Does nothing: the thread has started, and has loaded this file, once it answers. */
export function start(): void {}

export async function read(mail: MailToRead): Promise<ReadMail> {
  const result = await readMail(mail);
  const attachments = result.message.attachments.map((file) => ({ ...file, content: ownBytes(file.content) }));
  return moved(
    { ...result, message: { ...result.message, attachments } },
    attachments.map(({ content }) => content.buffer),
  );
}

export function check(sender: SenderToCheck): Promise<CheckedSender> {
  return checkSender(sender);
}

/** Short ones share memory with others, which must not leave with them. */
function ownBytes(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = content;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(content);
}

/** The result as the other thread gets it: with these buffers, which this one loses, instead of copies. */
function moved<Result>(result: Result, buffers: readonly ArrayBuffer[]): Result {
  return move({ [transferableSymbol]: [...new Set(buffers)], [valueSymbol]: result } as never) as Result;
}
