import type { SentAttachment } from "../attachments/attachment.entity.js";
import { attachmentName } from "../attachments/attachment-name.js";
import { discardContents, storeContent } from "../attachments/store-content.js";
import type { InboundAttachment, InboundEvent } from "../channels/channel.js";
import type { Services } from "../services.js";

/** As many as a message may have that is written here. */
const maxFiles = 10;
/** Of what was refused, as many are named. */
const maxNamed = 10;

/** The files of a message event, stored, and what is said in its text of those that were not. */
export interface StoredFiles {
  readonly attachments: readonly SentAttachment[];
  readonly notes: readonly string[];
}

/** By the event that they came with. */
export type FilesOfEvents = ReadonlyMap<InboundEvent, StoredFiles>;

/**
 * Stores the files of events, runs `apply`, and takes away what no message has claimed then. Before the transaction, for
 * a file may go over the network.
 */
export async function withStoredFiles<T>(
  services: Services,
  events: readonly InboundEvent[],
  apply: (files: FilesOfEvents) => Promise<T>,
): Promise<T> {
  const files = new Map<InboundEvent, StoredFiles>();
  const ids = () => [...files.values()].flatMap(({ attachments }) => attachments.map(({ id }) => id));
  try {
    for (const event of events) {
      if ((event.type !== "message" && event.type !== "attached") || (event.attachments ?? []).length === 0) continue;
      files.set(event, await storeFiles(services, event.attachments ?? []));
    }
    return await apply(files);
  } finally {
    await discardContents(services, ids());
  }
}

async function storeFiles(services: Services, given: readonly InboundAttachment[]): Promise<StoredFiles> {
  const attachments: SentAttachment[] = [];
  const refused: { readonly name: string; readonly why: string }[] = [];
  try {
    for (const file of given) {
      if (attachments.length === maxFiles) {
        refused.push({
          name: attachmentName(file.name ?? "attachment"),
          why: `a message has at most ${maxFiles} files`,
        });
        continue;
      }
      const stored = await storeContent(services, file);
      if (stored.outcome === "stored") attachments.push(stored.attachment);
      else refused.push(stored);
    }
  } catch (error) {
    await discardContents(
      services,
      attachments.map(({ id }) => id),
    );
    throw error;
  }
  return { attachments, notes: notesOf(refused) };
}

/** What is said in a message's text of files that it came with and that are not there. */
export function notesOf(refused: readonly { readonly name: string; readonly why: string }[]): readonly string[] {
  const notes = refused.slice(0, maxNamed).map(({ name, why }) => `[Not kept: ${name}, because ${why}.]`);
  const more = refused.length - notes.length;
  return more > 0 ? [...notes, `[And ${more} more.]`] : notes;
}

/** A text with what is to be said below it. */
export function withNotes(text: string, notes: readonly string[]): string {
  return [text, notes.join("\n")].filter((part) => part !== "").join("\n\n");
}
