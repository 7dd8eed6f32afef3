import { fileURLToPath } from "node:url";
import type { CheckedSender, SenderToCheck } from "../authentication/check-sender.js";
import type { MailReader } from "./mail-reader.js";
import type { MailToRead, ReadMail } from "./read-mail.js";
import { type ReaderLimits, ReaderProcess } from "./reader-process.js";

const megabyte = 1_048_576;
/** Larger emails have a process of their own, so that ordinary ones do not wait for them, as in Afterchat's queues. */
const maxSmallBytes = 65_536;

const defaultLimits: ReaderLimits = {
  // An ordinary email takes some milliseconds, and one of 25 MB half a second; the worst known ones a few seconds.
  maxMs: (sizeBytes) => 2_000 + Math.ceil(sizeBytes / megabyte / 4) * 1_000,
  maxHeapMegabytes: 256,
  idleMs: 30_000,
  file: fileURLToPath(new URL("./child.js", import.meta.url)),
};

/**
 * Reads emails in two processes, one for large ones. They start with the first email, and end when there is nothing to do.
 * An email that takes too long, or too much memory, ends its process only.
 */
export class MailProcesses implements MailReader {
  readonly #small: ReaderProcess;
  readonly #large: ReaderProcess;

  /** @param limits tests use narrower ones */
  constructor(limits: Partial<ReaderLimits> = {}) {
    this.#small = new ReaderProcess({ ...defaultLimits, ...limits });
    this.#large = new ReaderProcess({ ...defaultLimits, ...limits });
  }

  async read({ content, ...task }: MailToRead, signal: AbortSignal): Promise<ReadMail> {
    const { answer, bytes } = await this.#processFor(content).run({ type: "read", task }, content, signal);
    const { result, attachmentSizes } = answer;
    let at = 0;
    const attachments = result.message.attachments.map((file, index) => {
      const start = at;
      at += attachmentSizes[index] ?? 0;
      return { ...file, content: bytes.subarray(start, at) };
    });
    return { ...result, message: { ...result.message, attachments } };
  }

  async checkSender({ content, ...task }: SenderToCheck, signal: AbortSignal): Promise<CheckedSender> {
    const { answer } = await this.#processFor(content).run({ type: "check", task }, content, signal);
    return answer.result;
  }

  async close(): Promise<void> {
    await Promise.all([this.#small.close(), this.#large.close()]);
  }

  #processFor({ byteLength }: Uint8Array): ReaderProcess {
    return byteLength <= maxSmallBytes ? this.#small : this.#large;
  }
}
