import type { MetaAttachment, MetaMessage } from "./envelope.js";

/** A file of a message that is to be fetched from Meta. */
export interface FileTask {
  /** The `externalId` of the message. */
  readonly messageId: string;
  /** Its position in the message. */
  readonly index: number;
  readonly kind: "image" | "audio" | "video" | "file";
  readonly url: string;
}

interface Content {
  readonly text: string;
  readonly files: readonly Omit<FileTask, "messageId">[];
}

/** The ids of Messenger's thumbs-up sticker in its three sizes, which becomes an emoji instead of an image. */
const thumbsUpIds = ["369239263222822", "369239343222814", "369239383222810"];

/**
 * Pure: the text and files of a message. Anything else is described in brackets, so that agents know about it. For
 * stories and shared posts only the link is stored, since Meta forbids storing their media.
 */
export function readContent(message: MetaMessage, channelName: string): Content {
  const lines: string[] = [];
  const files: Omit<FileTask, "messageId">[] = [];
  if (message.text) lines.push(message.text);
  for (const [index, attachment] of (message.attachments ?? []).entries()) {
    const kind = fileKind(attachment);
    const url = attachment.payload?.url;
    if (kind !== null && url && !isThumbsUp(message, attachment)) files.push({ index, kind, url });
    else {
      const line = describe(attachment, message, channelName);
      if (line !== null) lines.push(line);
    }
  }
  const story = message.reply_to?.story;
  if (story !== undefined) lines.push(bracketed("Reply to a story", story.url));
  if (message.is_unsupported || (lines.length === 0 && files.length === 0)) {
    lines.push(`[This message can only be viewed in ${channelName}]`);
  }
  return { text: lines.join("\n"), files };
}

function fileKind({ type }: MetaAttachment): FileTask["kind"] | null {
  switch (type) {
    case "image":
    case "audio":
    case "video":
    case "file":
      return type;
    default:
      return null;
  }
}

function isThumbsUp({ sticker_id: messageSticker }: MetaMessage, { payload }: MetaAttachment): boolean {
  return thumbsUpIds.includes(payload?.sticker_id ?? messageSticker ?? "");
}

function describe(attachment: MetaAttachment, message: MetaMessage, channelName: string): string | null {
  const { type, payload } = attachment;
  const url = payload?.url ?? attachment.url;
  const title = payload?.title ?? attachment.title;
  if (isThumbsUp(message, attachment)) return "👍";
  switch (type) {
    case "like_heart":
      return "❤️";
    case "story_mention":
      return bracketed("Mentioned you in a story", url);
    case "share":
    case "ig_post":
      return bracketed("Shared", title, url);
    case "ig_reel":
    case "reel":
      return bracketed("Shared a reel", title, url);
    case "fallback":
      // The preview of a link that is in the text.
      return url !== undefined && message.text?.includes(url) ? null : bracketed("Shared", title, url);
    case "location": {
      const { lat, long } = payload?.coordinates ?? {};
      return bracketed("Location", title, lat === undefined || long === undefined ? url : `${lat}, ${long}`);
    }
    case "ephemeral":
      return `[A disappearing photo or video: view it in ${channelName}]`;
    default:
      return bracketed(type ?? "Attachment", title, url);
  }
}

function bracketed(label: string, ...details: readonly (string | undefined)[]): string {
  const text = details.filter((part) => part !== undefined && part.trim() !== "").join(" ");
  return text === "" ? `[${label}]` : `[${label}: ${text}]`;
}
