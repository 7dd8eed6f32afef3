import type { Outbound, OutboundAttachment, OutboundMessage } from "afterchat/channel";
import { markerLine } from "../reply/marker.js";
import type { MailContent, MailFile, MailMessage } from "../template/template-contract.js";
import { chooseLanguage } from "../translations/choose-language.js";
import { sizeOfFile } from "../translations/format-file-size.js";
import { translationsOf, type Words } from "../translations/translations.js";
import type { AttachedFile, FilesInMail } from "./attached-files.js";
import { timesIn } from "./date-formats.js";
import { cleanFileName, cleanName, cleanText, personName } from "./sanitize-text.js";

/** The mail's content before it is fitted: what is counted in it is still told apart. */
export interface WholeContent extends Omit<MailContent, "notices"> {
  readonly words: Words;
  /** Right before the messages; `null` when nothing need be said of them. */
  readonly opening: string | null;
  /** Messages that do not travel with this delivery. */
  readonly earlierMessages: number;
}

export interface Writing {
  /** Where answers go: by email only if something here takes them in. */
  readonly answering: "email" | "website";
  readonly optOutLink: string;
}

/** Pure: words for what is to be sent, in the visitor's zone, language and locale. Nothing internal enters here. */
export function mailContent(outbound: Outbound<string>, files: FilesInMail, writing: Writing): WholeContent {
  const { language, locale } = chooseLanguage(outbound.visitor.locale, outbound.company.locale);
  const words = translationsOf(language);
  const company = companyName(outbound);
  const times = timesIn(locale, outbound.visitor.timeZone);
  const agents = pendingAuthors(outbound);
  const day = times.day(outbound.conversation.startedAt);
  const introduction =
    agents.length === 0
      ? words.say("introduction", { company, day })
      : words.say("introductionNamed", {
          agents: words.list(agents.map(words.isolate)),
          count: agents.length,
          company,
          day,
        });
  const name = personName(outbound.visitor.name);
  return {
    words,
    language,
    direction: words.direction,
    subject: words.sayInHeader("subject", { company, day }),
    marker: writing.answering === "email" ? markerLine(language) : null,
    greeting: name === null ? words.say("greeting") : words.say("greetingNamed", { name }),
    introduction,
    opening: outbound.kind === "full-transcript" ? words.say("wholeConversation") : null,
    messages: outbound.messages.map((message) => ({
      role: message.role,
      heading: headingOf(message, company, words),
      moment: words.isolate(times.moment(message.sentAt)),
      text: cleanText(message.text),
      note: null,
      files: message.attachments.map((attachment) => mailFile(attachment, files.get(attachment.id), words)),
    })),
    earlierMessages: outbound.earlierMessages,
    button: { words: words.say("continueConversation"), link: outbound.links.conversation },
    howToAnswer: words.say(writing.answering === "email" ? "answerByEmail" : "answerOnWebsite"),
    footer: words.say("footer", { company }),
    optOut: { words: words.say("optOut"), link: writing.optOutLink },
  };
}

function mailFile(attachment: OutboundAttachment, inMail: AttachedFile | "gone" | undefined, words: Words): MailFile {
  const name = cleanFileName(attachment.name) || words.say("unnamedFile");
  const size = sizeOfFile(words, attachment.sizeBytes);
  if (inMail === "gone") return { words: words.say("goneFile", { name }), link: null };
  if (inMail !== undefined) return { words: words.say("attachedFile", { name, size }), link: null };
  return { words: words.say("linkedFile", { name, size }), link: attachment.url };
}

/** A name in From: more than two are no sender any more. */
export function senderName(outbound: Outbound<string>, words: Words): string {
  const company = companyName(outbound);
  const agents = pendingAuthors(outbound);
  const named = agents.length > 0 && agents.length <= MAX_NAMES_IN_FROM;
  return named ? words.sayInHeader("sender", { agents: agents.join(", "), company }) : company;
}

const MAX_NAMES_IN_FROM = 2;

function companyName(outbound: Outbound<string>): string {
  return cleanName(outbound.company.name) || "Afterchat";
}

/** The names of who wrote the pending replies, newest first; agents without a name to show are left out. */
function pendingAuthors(outbound: Outbound<string>): readonly string[] {
  const names = outbound.messages
    .filter((message) => message.role === "pending")
    .map((message) => personName(message.author.name))
    .filter((name) => name !== null);
  return [...new Set(names.reverse())];
}

function headingOf(message: OutboundMessage, company: string, words: Words): MailMessage["heading"] {
  if (message.author.kind === "visitor") return words.say("you");
  const author = personName(message.author.name) ?? company;
  return message.role === "pending" ? words.say("newReply", { author }) : words.isolate(author);
}
