import { createHash } from "node:crypto";

/** 100-nanosecond steps from 1601, where FILETIME begins, to 1970. */
const FILETIME_EPOCH = 116_444_736_000_000_000n;

/**
 * Outlook's conversation index, the same in all emails of a conversation: a reserved byte, the upper five bytes of the
 * start time and a 16-byte identifier ([MS-OXOMSG] 2.2.1.3).
 * @param root the Message-ID that all emails of the conversation refer to
 */
export function threadIndex(root: string, startedAt: Date): string {
  const startTime = Buffer.alloc(8);
  startTime.writeBigUInt64BE(BigInt(startedAt.getTime()) * 10_000n + FILETIME_EPOCH);
  const identity = createHash("sha256").update(root).digest().subarray(0, 16);
  // Current FILETIMEs begin with 0x01, which is also the value of the reserved byte.
  return Buffer.concat([startTime.subarray(0, 6), identity]).toString("base64");
}

/**
 * The Feedback-ID header, by which mailbox providers distinguish an operator's kinds of email, never recipients: kind,
 * program, and a constant sender id of 5 to 15 characters (support.google.com/a/answer/6254652).
 */
export function feedbackId(kind: string, domain: string): string {
  const sender = createHash("sha256").update(domain).digest("hex").slice(0, 12);
  return `${kind}:afterchat:${sender}`;
}
