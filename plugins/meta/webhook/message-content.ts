import type { MetaAttachment, MetaMessage } from "./envelope.js";

/** A file of a message, to be fetched from Meta. */
export interface FileTask {
  /** The message's, as its event names it. */
  readonly messageId: string;
  /** Its place in the message. */
  readonly index: number;
  readonly kind: "image" | "audio" | "video" | "file";
  readonly url: string;
}

interface Content {
  readonly text: string;
  readonly files: readonly Omit<FileTask, "messageId">[];
}

/** Messenger's thumb, in its three sizes: a picture of it would say less. */
const thumbs = ["369239263222822", "369239343222814", "369239383222810"];

/**
 * Pure: what a message says, and its files. What is neither text nor file stands in brackets, so that agents see that there
 * was something. Of stories and other people's posts only the link is kept: Meta forbids to store their media.
 */
export function readContent(message: MetaMessage, channelName: string): Content {
  const lines: string[] = [];
  const files: Omit<FileTask, "messageId">[] = [];
  if (message.text) lines.push(message.text);
  for (const [index, attachment] of (message.attachments ?? []).entries()) {
    const kind = fileKind(attachment);
    const url = attachment.payload?.url;
    if (kind !== null && url && !isThumb(message, attachment)) files.push({ index, kind, url });
    else {
      const line = describe(attachment, message, channelName);
      if (line !== null) lines.push(line);
    }
  }
  const story = message.reply_to?.story;
  if (story !== undefined) lines.push(bracketed("Answer to a story", story.url));
  if (message.is_unsupported || (lines.length === 0 && files.length === 0)) {
    lines.push(`[Something that ${channelName} does not hand over: open it there.]`);
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

function isThumb({ sticker_id: own }: MetaMessage, { payload }: MetaAttachment): boolean {
  return thumbs.includes(payload?.sticker_id ?? own ?? "");
}

function describe(attachment: MetaAttachment, message: MetaMessage, channelName: string): string | null {
  const { type, payload } = attachment;
  const url = payload?.url ?? attachment.url;
  const title = payload?.title ?? attachment.title;
  if (isThumb(message, attachment)) return "👍";
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
      // The preview of a link that the text holds.
      return url !== undefined && message.text?.includes(url) ? null : bracketed("Shared", title, url);
    case "location": {
      const { lat, long } = payload?.coordinates ?? {};
      return bracketed("Location", title, lat === undefined || long === undefined ? url : `${lat}, ${long}`);
    }
    case "ephemeral":
      return `[A picture or video that vanishes: open it in ${channelName}.]`;
    default:
      return bracketed(type ?? "Something", title, url);
  }
}

function bracketed(what: string, ...more: readonly (string | undefined)[]): string {
  const said = more.filter((part) => part !== undefined && part.trim() !== "").join(" ");
  return said === "" ? `[${what}]` : `[${what}: ${said}]`;
}
