import type { SentAttachment } from "../attachments/attachment.entity.js";
import { sanitizeFileName } from "../attachments/sanitize-file-name.js";
import { discardInboundFiles, storeInboundFile } from "../attachments/store-inbound-file.js";
import type { InboundAttachment, InboundEvent } from "../channels/channel.js";
import type { Services } from "../services.js";

/** The same limit as for messages sent through the API. */
const maxFilesPerMessage = 10;
/** The number of missing files that a message's text lists by name. */
const maxListedFiles = 10;

/** The stored files of an event, and notes for the message's text about those that were not stored. */
export interface StoredFiles {
  readonly attachments: readonly SentAttachment[];
  readonly notes: readonly string[];
}

/** Keyed by the event that they arrived with. */
export type FilesOfEvents = ReadonlyMap<InboundEvent, StoredFiles>;

/**
 * Stores the files of events, runs `apply`, and removes those that no message has claimed by then. Files are stored before
 * `apply` opens its transaction, because they may be sent over the network.
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
    await discardInboundFiles(services, ids());
  }
}

async function storeFiles(services: Services, received: readonly InboundAttachment[]): Promise<StoredFiles> {
  const attachments: SentAttachment[] = [];
  const refused: { readonly name: string; readonly why: string }[] = [];
  try {
    for (const file of received) {
      if (attachments.length === maxFilesPerMessage) {
        refused.push({
          name: sanitizeFileName(file.name ?? "attachment"),
          why: `a message can have at most ${maxFilesPerMessage} files`,
        });
        continue;
      }
      const stored = await storeInboundFile(services, file);
      if (stored.outcome === "stored") attachments.push(stored.attachment);
      else refused.push(stored);
    }
  } catch (error) {
    await discardInboundFiles(
      services,
      attachments.map(({ id }) => id),
    );
    throw error;
  }
  return { attachments, notes: describeMissingFiles(refused) };
}

/** Notes for a message's text about the files that it arrived with but that could not be stored. */
export function describeMissingFiles(
  missing: readonly { readonly name: string; readonly why: string }[],
): readonly string[] {
  const notes = missing.slice(0, maxListedFiles).map(({ name, why }) => `[File not saved: ${name}, because ${why}.]`);
  const more = missing.length - notes.length;
  return more > 0 ? [...notes, `[And ${more} more.]`] : notes;
}

/** A message's text followed by the notes. */
export function appendNotes(text: string, notes: readonly string[]): string {
  return [text, notes.join("\n")].filter((part) => part !== "").join("\n\n");
}
