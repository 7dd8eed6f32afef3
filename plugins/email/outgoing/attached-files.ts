import { buffer } from "node:stream/consumers";
import type { Outbound, OutboundAttachment } from "afterchat/channel";

/** For all attachments of an email; mail servers commonly accept 25 MB, a third of which is encoding overhead. */
export const MAX_ATTACHED_BYTES = 10 * 1_048_576;
/** From this attempt on, a file that cannot be read is linked, so that it does not block the reply. */
const LINK_FROM_ATTEMPT = 4;

/** An attachment of an email. */
export interface AttachedFile {
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** Files by id: attached, or no longer available (`gone`). Files that are not in the map are linked. */
export type FilesInMail = ReadonlyMap<string, AttachedFile | "gone">;

/** Nothing is attached: every file is linked. */
export const ALL_LINKED: FilesInMail = new Map();

/** The files to attach: those of the pending replies, in order, as long as they fit. All others are linked. */
function chooseFiles(outbound: Pick<Outbound, "messages">): readonly OutboundAttachment[] {
  let availableBytes = MAX_ATTACHED_BYTES;
  return outbound.messages
    .filter((message) => message.role === "pending")
    .flatMap((message) => message.attachments)
    .filter(({ sizeBytes }) => {
      if (sizeBytes > availableBytes) return false;
      availableBytes -= sizeBytes;
      return true;
    });
}

/**
 * Reads the files to attach into memory: nodemailer composes an email again when a pooled connection was closed, and a
 * stream can be read only once.
 * @throws {Error} when one cannot be read, except from the fourth attempt on
 */
export async function readFiles(outbound: Outbound<string>, signal: AbortSignal): Promise<FilesInMail> {
  const files = new Map<string, AttachedFile | "gone">();
  for (const file of chooseFiles(outbound)) {
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
    if (content.length !== file.sizeBytes) throw new Error("The file's size has changed");
    return { name: file.name, contentType: file.contentType, content };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
