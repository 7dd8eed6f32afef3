import { extractReply, type MailBody } from "../reply/extract-reply.js";
import type { InboundMail, MailPart } from "./parse-mail.js";

/** What a person says in a mail. */
export interface Words {
  readonly text: string;
  readonly attachments: readonly MailPart[];
}

/** Other forms of the text, and proofs about it: they tell people nothing. The original has them. */
const noAttachments = new Set([
  "text/x-amp-html",
  "text/watch-html",
  "application/pgp-signature",
  "application/pgp-keys",
  "application/pkcs7-signature",
  "application/x-pkcs7-signature",
]);

/** U+FFFC is what Unicode has in the place of a picture; the character behind it, of a private area, says which. */
const markPattern = /\ufffc[\ue000-\uf8ff]/g;
const firstMark = 0xe000;
const maxMarks = 0xf8ff - firstMark;

/**
 * The new text of a mail and what was attached to it. Pictures that stand in the text come along only where what is new
 * shows them: those of the quoted mail, and of signatures, would come with every answer. A mark in their place goes
 * through the same rules as the words around it.
 */
export function readWords(mail: InboundMail): Words {
  const parts = mail.parts.filter((part) => !noAttachments.has(part.contentType));
  const pictures = parts.filter(isPictureInText).slice(0, maxMarks);
  const { body, marked } = markPictures(mail.body, pictures);
  const { text, layer } = extractReply(body);
  const shown = new Set([...text.matchAll(markPattern)].map(([mark]) => mark.charCodeAt(1) - firstMark));
  const attachments = parts.filter((part) => {
    const index = pictures.indexOf(part);
    return index === -1 || shown.has(index) || !marked.has(index);
  });
  const words = withoutMarks(text);
  // Nothing was written: what was attached is the answer, not what the mail program quoted below it.
  if (layer === "nothing-new" && attachments.some((part) => !pictures.includes(part))) return { text: "", attachments };
  return { text: words === "" && attachments.length === 0 ? subjectAlone(mail.subject) : words, attachments };
}

/** Some write all that they have to say into the subject; behind "Re:" it is ours. */
function subjectAlone(subject: string | null): string {
  return subject === null || /^.{1,5}[:：]/u.test(subject) ? "[This email is empty.]" : subject;
}

function isPictureInText(part: MailPart): boolean {
  return part.contentId !== null && part.contentType.startsWith("image/") && part.disposition !== "attachment";
}

/** `marked`: the pictures that the text names. One that it does not name stands nowhere, and is a plain attachment. */
function markPictures(body: MailBody, pictures: readonly MailPart[]): { body: MailBody; marked: ReadonlySet<number> } {
  const byId = new Map(pictures.map((picture, index) => [picture.contentId ?? "", index]));
  const byName = new Map(pictures.map((picture, index) => [picture.name ?? "", index]));
  const marked = new Set<number>();
  const markOf = (index: number | undefined) => {
    if (index === undefined) return null;
    marked.add(index);
    return `\ufffc${String.fromCharCode(firstMark + index)}`;
  };
  if (pictures.length === 0) return { body, marked };
  const html = body.html === null ? null : markTags(body.html, (id) => markOf(byId.get(id)));
  // As Outlook ("[cid:…]") and Gmail ("[image: name]") write them into their plain text.
  const text =
    body.text?.replace(/\[(cid|image): ?([^\][\n]{1,500})\]/gi, (whole, kind: string, name: string) => {
      return markOf((kind.toLowerCase() === "cid" ? byId : byName).get(name)) ?? whole;
    }) ?? null;
  return { body: { html, text }, marked };
}

/** Puts a mark behind every `<img src="cid:…">`; in one pass, whatever the HTML. */
function markTags(html: string, markOf: (contentId: string) => string | null): string {
  const pieces: string[] = [];
  const lower = html.toLowerCase();
  let done = 0;
  for (let at = lower.indexOf("<img"); at !== -1; at = lower.indexOf("<img", done)) {
    const end = html.indexOf(">", at);
    if (end === -1) break;
    const id = /cid:([^'"\s>]{1,500})/i.exec(html.slice(at, Math.min(end, at + 4_000)))?.[1];
    pieces.push(html.slice(done, end + 1), (id === undefined ? null : markOf(decoded(id))) ?? "");
    done = end + 1;
  }
  return pieces.join("") + html.slice(done);
}

/** A cid: URL is percent-encoded (RFC 2392). */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** Lines on which only pictures stood go with them. */
function withoutMarks(text: string): string {
  if (!text.includes("\ufffc")) return text;
  return text
    .split("\n")
    .flatMap((line) => {
      const words = line.replace(markPattern, "");
      return words === line ? [line] : words.trim() === "" ? [] : [words.trimEnd()];
    })
    .join("\n")
    .replace(/^\n+|\n+$/g, "");
}
