import type { Outbound, OutboundAttachment, OutboundMessage } from "afterchat/channel";
import type { AttachedFile, FilesInMail } from "./attached-files.js";
import { cleanName, cleanText, personName } from "./names.js";
import { texts } from "./texts.js";
import { visitorTimes } from "./times.js";

/** What the mail says, before it becomes text and HTML: both are made from it, so both say the same. */
export interface MailContent {
  readonly greeting: string;
  readonly introduction: string;
  readonly messages: readonly MailMessage[];
  /** Messages before the first one shown, and context that found no room. */
  readonly earlierMessages: number;
  /** Replies that found no room. */
  readonly moreReplies: number;
  readonly link: string;
  readonly footer: string;
}

export interface MailMessage {
  readonly role: OutboundMessage["role"];
  readonly heading: string;
  readonly text: string;
  /** `null`, or the line that says where the rest of a text is that alone is too large for a mail. */
  readonly note: string | null;
  readonly files: readonly MailFile[];
}

/** A file as the message names it. */
interface MailFile {
  readonly words: string;
  /** `null`: it is attached, or gone. */
  readonly link: string | null;
  /** `null`: it is linked, or gone. */
  readonly attached: AttachedFile | null;
}

/** Pure: words for what is to be sent, in the visitor's zone and locale. Nothing internal enters here. */
export function mailContent(outbound: Outbound<string>, files: FilesInMail): MailContent {
  const company = companyName(outbound);
  const times = visitorTimes(outbound.visitor);
  const agents = pendingAuthors(outbound);
  const introduction = texts.introduction(agents, company, times.day(outbound.conversation.startedAt));
  return {
    greeting: texts.greeting(personName(outbound.visitor.name)),
    introduction: outbound.kind === "full-transcript" ? `${introduction} ${texts.wholeConversation}` : introduction,
    messages: outbound.messages.map((message) => {
      const author = authorName(message, company);
      return {
        role: message.role,
        heading: `${message.role === "pending" ? texts.newReply(author) : author} · ${times.moment(message.sentAt)}`,
        text: cleanText(message.text),
        note: null,
        files: message.attachments.map((attachment) => mailFile(attachment, files.get(attachment.id))),
      };
    }),
    earlierMessages: outbound.earlierMessages,
    moreReplies: 0,
    link: outbound.links.conversation,
    footer: texts.footer(company),
  };
}

function mailFile(attachment: OutboundAttachment, inMail: AttachedFile | "gone" | undefined): MailFile {
  const name = cleanName(attachment.name) || "file";
  const size = texts.size(attachment.sizeBytes);
  if (inMail === "gone") return { words: texts.goneFile(name), link: null, attached: null };
  if (inMail !== undefined) return { words: texts.attachedFile(name, size), link: null, attached: inMail };
  return { words: texts.linkedFile(name, size), link: attachment.url, attached: null };
}

export function companyName(outbound: Outbound<string>): string {
  return cleanName(outbound.company.name) || "Afterchat";
}

/** The names of who wrote the pending replies, newest first; agents without a name to show are left out. */
export function pendingAuthors(outbound: Outbound<string>): readonly string[] {
  const names = outbound.messages
    .filter((message) => message.role === "pending")
    .map((message) => personName(message.author.name))
    .filter((name) => name !== null);
  return [...new Set(names.reverse())];
}

function authorName(message: OutboundMessage, company: string): string {
  return message.author.kind === "visitor" ? texts.you : (personName(message.author.name) ?? company);
}
