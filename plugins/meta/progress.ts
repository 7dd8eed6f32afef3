import type { Json } from "afterchat/channel";
import { z } from "zod";

/** How far a delivery has come; stored after each message that Meta took. */
export interface Progress {
  /** Meta's ids of what was sent, in order. */
  readonly messageIds: readonly string[];
  /** Up to where each reply's text was sent, by the reply's place in the delivery. */
  readonly textEnds: readonly number[];
  /** The files that were sent, as they are or as links. */
  readonly fileIds: readonly string[];
}

const progress = z.object({
  messageIds: z.array(z.string()),
  textEnds: z.array(z.number().int().min(0)),
  fileIds: z.array(z.string()),
});

const nothingSent: Progress = { messageIds: [], textEnds: [], fileIds: [] };

/** Null: it is no progress of this channel's. */
export function readProgress(stored: Json): Progress | null {
  return stored === null ? nothingSent : (progress.safeParse(stored).data ?? null);
}
