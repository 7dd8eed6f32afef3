import { createHash } from "node:crypto";

/** 100-nanosecond steps from 1601, where FILETIME begins, to 1970. */
const FILETIME_EPOCH = 116_444_736_000_000_000n;

/**
 * Outlook's name of a conversation, the same in all its mails: a reserved byte, the upper five bytes of when it began and
 * 16 bytes of its own ([MS-OXOMSG] 2.2.1.3).
 * @param root the Message-ID that all mails of the conversation refer to
 */
export function threadIndex(root: string, startedAt: Date): string {
  const began = Buffer.alloc(8);
  began.writeBigUInt64BE(BigInt(startedAt.getTime()) * 10_000n + FILETIME_EPOCH);
  const identity = createHash("sha256").update(root).digest().subarray(0, 16);
  // FILETIMEs of our time begin with the byte 0x01, which is the reserved one too.
  return Buffer.concat([began.subarray(0, 6), identity]).toString("base64");
}

/**
 * By which mailbox providers tell an operator's kinds of mail apart, never people: kind, program, and as the sender 5 to 15
 * characters that stay the same (support.google.com/a/answer/6254652).
 */
export function feedbackId(kind: string, domain: string): string {
  const sender = createHash("sha256").update(domain).digest("hex").slice(0, 12);
  return `${kind}:afterchat:${sender}`;
}
