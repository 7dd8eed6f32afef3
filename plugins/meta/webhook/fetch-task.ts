import { createHash } from "node:crypto";
import type { ChannelHost, InboundEvent, Original } from "afterchat/channel";
import { z } from "zod";
import type { FileTask } from "./message-content.js";

/**
 * Something to fetch from Meta after a message was stored. Tasks are stored as originals, which Afterchat interprets
 * with retries: a crash loses nothing, and a slow response delays nothing.
 */
export const fetchTask = z.discriminatedUnion("task", [
  z.object({
    task: z.literal("file"),
    messageId: z.string(),
    index: z.number().int().nonnegative(),
    kind: z.enum(["image", "audio", "video", "file"]),
    url: z.string(),
  }),
  z.object({ task: z.literal("profile"), id: z.string(), account: z.string() }),
]);
export type FetchTask = z.infer<typeof fetchTask>;

/** Schedules fetching a file, once for each file even if its message is received repeatedly. */
export async function scheduleFileFetch(host: ChannelHost, file: FileTask): Promise<void> {
  await storeTask(host, `file:${file.messageId}:${file.index}`, { task: "file", ...file });
}

const senderAddress = z.object({ id: z.string(), account: z.string() });

/** Schedules fetching the sender's profile, at most once a month, since names rarely change. */
export async function scheduleProfileFetch(
  host: ChannelHost,
  { address }: Extract<InboundEvent, { type: "message" }>,
): Promise<void> {
  const { id, account } = senderAddress.parse(address);
  const month = host.now().toISOString().slice(0, 7);
  // A digest, since keys remain when a visitor is erased.
  const digest = createHash("sha256").update(`${account}/${id}`).digest("hex");
  await storeTask(host, `profile:${digest}:${month}`, { task: "profile", id, account });
}

async function storeTask(host: ChannelHost, key: string, task: FetchTask): Promise<void> {
  const original: Original = {
    key,
    content: Buffer.from(JSON.stringify(task)),
    contentType: "application/json",
    envelope: null,
    summary: { from: null, to: [], subject: null },
  };
  await host.keep(original);
}
