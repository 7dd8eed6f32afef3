import { type BodyParts, extractReply } from "../reply/extract-reply.js";
import { trimCharacters } from "../trim-characters.js";
import type { InboundMail, MailPart } from "./parse-mail.js";

/** What a person wrote and attached. */
export interface MessageContent {
  readonly text: string;
  readonly attachments: readonly ReadAttachment[];
}

interface ReadAttachment {
  readonly name: string | null;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** Alternative forms and signatures of the text, which are of no use to people. The original contains them. */
const ignoredTypes = new Set([
  "text/x-amp-html",
  "text/watch-html",
  "application/pgp-signature",
  "application/pgp-keys",
  "application/pkcs7-signature",
  "application/x-pkcs7-signature",
]);

/** U+FFFC stands for an image in Unicode; the private-use character after it identifies the image. */
const markPattern = /\ufffc[\ue000-\uf8ff]/g;
const firstMark = 0xe000;
const maxMarks = 0xf8ff - firstMark;

/**
 * The new text of an email and its attachments. Inline images are included only if the new text shows them; otherwise
 * every answer would repeat those of the quoted email and of signatures. To find out, each image is replaced by a mark
 * in the text that the reply extraction reads.
 */
export function readMessage(mail: InboundMail): MessageContent {
  const parts = mail.parts.filter((part) => !ignoredTypes.has(part.contentType));
  const images = parts.filter(isInlineImage).slice(0, maxMarks);
  const { body, marked } = markImages(mail.body, images);
  const { text, layer } = extractReply(body);
  const shown = new Set([...text.matchAll(markPattern)].map(([mark]) => mark.charCodeAt(1) - firstMark));
  const attachments = parts.filter((part) => {
    const index = images.indexOf(part);
    return index === -1 || shown.has(index) || !marked.has(index);
  });
  const newText = removeMarks(text);
  // No new text: the attachments are the answer, not what the email client quoted.
  if (layer === "nothing-new" && attachments.some((part) => !images.includes(part))) return { text: "", attachments };
  return { text: newText === "" && attachments.length === 0 ? textFromSubject(mail.subject) : newText, attachments };
}

/** Some people write the whole message into the subject; after "Re:" it is Afterchat's. */
function textFromSubject(subject: string | null): string {
  return subject === null || /^.{1,5}[:：]/u.test(subject) ? "[This email is empty.]" : subject;
}

function isInlineImage(part: MailPart): boolean {
  return part.contentId !== null && part.contentType.startsWith("image/") && part.disposition !== "attachment";
}

/** `marked`: the images that the text refers to. Any other image is an ordinary attachment. */
function markImages(body: BodyParts, images: readonly MailPart[]): { body: BodyParts; marked: ReadonlySet<number> } {
  const byId = new Map(images.map((image, index) => [image.contentId ?? "", index]));
  const byName = new Map(images.map((image, index) => [image.name ?? "", index]));
  const marked = new Set<number>();
  const markOf = (index: number | undefined) => {
    if (index === undefined) return null;
    marked.add(index);
    return `\ufffc${String.fromCharCode(firstMark + index)}`;
  };
  if (images.length === 0) return { body, marked };
  const html = body.html === null ? null : markTags(body.html, (id) => markOf(byId.get(id)));
  // Outlook writes "[cid:…]" and Gmail "[image: name]" into the plain text.
  const text =
    body.text?.replace(/\[(cid|image): ?([^\][\n]{1,500})\]/gi, (whole, kind: string, name: string) => {
      return markOf((kind.toLowerCase() === "cid" ? byId : byName).get(name)) ?? whole;
    }) ?? null;
  return { body: { html, text }, marked };
}

/** Inserts a mark after every `<img src="cid:…">`; in one pass, whatever the HTML. */
function markTags(html: string, markOf: (contentId: string) => string | null): string {
  const pieces: string[] = [];
  const lower = html.toLowerCase();
  let done = 0;
  for (let at = lower.indexOf("<img"); at !== -1; at = lower.indexOf("<img", done)) {
    const end = html.indexOf(">", at);
    if (end === -1) break;
    const id = /cid:([^'"\s>]{1,500})/i.exec(html.slice(at, Math.min(end, at + 4_000)))?.[1];
    pieces.push(html.slice(done, end + 1), (id === undefined ? null : markOf(decode(id))) ?? "");
    done = end + 1;
  }
  return pieces.join("") + html.slice(done);
}

/** A cid: URL is percent-encoded (RFC 2392). */
function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** Also removes lines that contained only images. */
function removeMarks(text: string): string {
  if (!text.includes("\ufffc")) return text;
  const lines = text.split("\n").flatMap((line) => {
    const withoutMarks = line.replace(markPattern, "");
    return withoutMarks === line ? [line] : withoutMarks.trim() === "" ? [] : [withoutMarks.trimEnd()];
  });
  return trimCharacters(lines.join("\n"), (character) => character === "\n");
}
