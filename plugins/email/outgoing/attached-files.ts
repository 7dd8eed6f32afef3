import { buffer } from "node:stream/consumers";
import type { Outbound, OutboundAttachment } from "afterchat/channel";

/** What a mail carries in all; mail servers commonly take 25 MB, of which the encoding takes a third. */
export const MAX_ATTACHED_BYTES = 10 * 1_048_576;
/** From this attempt on, a file that still cannot be read does not hold the reply back any longer: it is linked. */
const LINK_FROM_ATTEMPT = 4;

/** A file in a mail. */
export interface AttachedFile {
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** What becomes of each file, by its id; of those that are not named here: a link. */
export type FilesInMail = ReadonlyMap<string, AttachedFile | "gone">;

/** Nothing attached: every file is linked. */
export const ALL_LINKED: FilesInMail = new Map();

/**
 * Pure: the files that travel in the mail, those of the replies in their order as long as they fit. The others, and those
 * of context, are linked.
 */
function filesToAttach(outbound: Pick<Outbound, "messages">): readonly OutboundAttachment[] {
  let room = MAX_ATTACHED_BYTES;
  return outbound.messages
    .filter((message) => message.role === "pending")
    .flatMap((message) => message.attachments)
    .filter(({ sizeBytes }) => {
      if (sizeBytes > room) return false;
      room -= sizeBytes;
      return true;
    });
}

/**
 * Reads the files that travel in the mail. Whole: nodemailer builds a mail again when a connection of its pool was closed
 * before, and a stream can be read but once.
 * @throws {Error} when one cannot be read, unless that was so too often
 */
export async function readFiles(outbound: Outbound<string>, signal: AbortSignal): Promise<FilesInMail> {
  const files = new Map<string, AttachedFile | "gone">();
  for (const file of filesToAttach(outbound)) {
    try {
      files.set(file.id, await readFile(file, signal));
    } catch (error) {
      if (outbound.attempt < LINK_FROM_ATTEMPT || signal.aborted) throw error;
    }
  }
  return files;
}

async function readFile(file: OutboundAttachment, signal: AbortSignal): Promise<AttachedFile | "gone"> {
  signal.throwIfAborted();
  const stream = await file.open();
  if (stream === null) return "gone";
  const stop = () => stream.destroy(new Error("The delivery was stopped"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    const content = await buffer(stream);
    if (content.length !== file.sizeBytes) throw new Error("The file is not as long as it was");
    return { name: file.name, contentType: file.contentType, content };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
