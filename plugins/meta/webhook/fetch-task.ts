import { createHash } from "node:crypto";
import type { ChannelHost, InboundEvent, Original } from "afterchat/channel";
import { z } from "zod";
import type { FileTask } from "./message-content.js";

/**
 * What is fetched after a message has been stored, kept by the core until it is done: a crash, or Meta's being slow, loses
 * nothing and holds nothing up.
 */
export const fetchTask = z.discriminatedUnion("order", [
  z.object({
    order: z.literal("file"),
    messageId: z.string(),
    index: z.number().int().nonnegative(),
    kind: z.enum(["image", "audio", "video", "file"]),
    url: z.string(),
  }),
  z.object({ order: z.literal("profile"), id: z.string(), account: z.string() }),
]);
export type FetchTask = z.infer<typeof fetchTask>;

/** Keeps a file to be fetched, once however often its message comes. */
export async function keepFile(host: ChannelHost, file: FileTask): Promise<void> {
  await keep(host, `file:${file.messageId}:${file.index}`, { order: "file", ...file });
}

const writer = z.object({ id: z.string(), account: z.string() });

/** Keeps that a visitor's name is to be asked for, once a month at most: people do not change it often. */
export async function keepProfile(
  host: ChannelHost,
  { address }: Extract<InboundEvent, { type: "message" }>,
): Promise<void> {
  const { id, account } = writer.parse(address);
  const month = host.now().toISOString().slice(0, 7);
  // Keys stay when a visitor is erased: not by their own id.
  const digest = createHash("sha256").update(`${account}/${id}`).digest("hex");
  await keep(host, `profile:${digest}:${month}`, { order: "profile", id, account });
}

async function keep(host: ChannelHost, key: string, order: FetchTask): Promise<void> {
  const original: Original = {
    key,
    content: Buffer.from(JSON.stringify(order)),
    contentType: "application/json",
    envelope: null,
    summary: { from: null, to: [], subject: null },
  };
  await host.keep(original);
}
