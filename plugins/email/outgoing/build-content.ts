import type { Outbound, OutboundAttachment, OutboundMessage } from "afterchat/channel";
import type { ReplyVia } from "../inbound/reply-via.js";
import { markerLine } from "../reply/marker.js";
import type { MailContent, MailFile, MailMessage } from "../template/template-contract.js";
import { chooseLanguage } from "../translations/choose-language.js";
import { formatFileSize } from "../translations/format-file-size.js";
import { type Translations, translationsFor } from "../translations/translations.js";
import type { AttachedFile, FilesInMail } from "./attached-files.js";
import { dateFormatsFor } from "./date-formats.js";
import { displayName, sanitizeFileName, sanitizeName, sanitizeText } from "./sanitize-text.js";

/** The content of an email before it is shortened to fit; its notices are written afterwards. */
export interface FullContent extends Omit<MailContent, "notices"> {
  readonly translations: Translations;
  /** Introduces the messages; `null` if they need no introduction. */
  readonly messagesIntro: string | null;
  /** How many earlier messages this delivery does not include. */
  readonly earlierMessages: number;
}

export interface ContentOptions {
  /** `email` only if Afterchat receives emails. */
  readonly replyVia: ReplyVia;
  readonly unsubscribeUrl: string;
}

/** The texts of an email in the visitor's language, locale and time zone. Contains nothing internal. */
export function buildContent(outbound: Outbound<string>, files: FilesInMail, options: ContentOptions): FullContent {
  const { language, locale } = chooseLanguage(outbound.visitor.locale, outbound.company.locale);
  const translations = translationsFor(language);
  const company = companyName(outbound);
  const formats = dateFormatsFor(locale, outbound.visitor.timeZone);
  const agents = pendingAuthors(outbound);
  const day = formats.day(outbound.conversation.startedAt);
  const introduction =
    agents.length === 0
      ? translations.t("introduction", { company, day })
      : translations.t("introductionNamed", {
          agents: translations.list(agents.map(translations.isolate)),
          count: agents.length,
          company,
          day,
        });
  const name = displayName(outbound.visitor.name);
  return {
    translations,
    language,
    direction: translations.direction,
    subject: translations.tHeader("subject", { company, day }),
    marker: options.replyVia === "email" ? markerLine(language) : null,
    greeting: name === null ? translations.t("greeting") : translations.t("greetingNamed", { name }),
    introduction,
    messagesIntro: outbound.kind === "full-transcript" ? translations.t("wholeConversation") : null,
    messages: outbound.messages.map((message) => ({
      role: message.role,
      heading: headingOf(message, company, translations),
      time: translations.isolate(formats.dateTime(message.sentAt)),
      text: sanitizeText(message.text),
      note: null,
      files: message.attachments.map((attachment) => describeFile(attachment, files.get(attachment.id), translations)),
    })),
    earlierMessages: outbound.earlierMessages,
    button: { text: translations.t("continueConversation"), url: outbound.links.conversation },
    howToAnswer: howToAnswer(outbound, options, translations),
    footer: translations.t(outbound.withholdsVisitor ? "footerUnproven" : "footer", { company }),
    optOut: { text: translations.t("optOut"), url: options.unsubscribeUrl },
  };
}

function howToAnswer({ kind }: Outbound<string>, { replyVia }: ContentOptions, translations: Translations): string {
  if (kind === "notice") return translations.t("readOnWebsite");
  return translations.t(replyVia === "email" ? "answerByEmail" : "answerOnWebsite");
}

function describeFile(
  attachment: OutboundAttachment,
  inMail: AttachedFile | "gone" | undefined,
  translations: Translations,
): MailFile {
  const name = sanitizeFileName(attachment.name) || translations.t("unnamedFile");
  const size = formatFileSize(translations, attachment.sizeBytes);
  if (inMail === "gone") return { text: translations.t("goneFile", { name }), url: null };
  if (inMail !== undefined) return { text: translations.t("attachedFile", { name, size }), url: null };
  return { text: translations.t("linkedFile", { name, size }), url: attachment.url };
}

/** The display name in From: the agents' names if there are at most two, else only the company's. */
export function senderName(outbound: Outbound<string>, translations: Translations): string {
  const company = companyName(outbound);
  const agents = pendingAuthors(outbound);
  const named = agents.length > 0 && agents.length <= MAX_NAMES_IN_FROM;
  return named ? translations.tHeader("sender", { agents: agents.join(", "), company }) : company;
}

const MAX_NAMES_IN_FROM = 2;

function companyName(outbound: Outbound<string>): string {
  return sanitizeName(outbound.company.name) || "Afterchat";
}

/** The names of the pending replies' authors, newest first, without those that have no displayable name. */
function pendingAuthors(outbound: Outbound<string>): readonly string[] {
  const names = outbound.messages
    .filter((message) => message.role === "pending")
    .map((message) => displayName(message.author.name))
    .filter((name) => name !== null);
  return [...new Set(names.reverse())];
}

function headingOf(message: OutboundMessage, company: string, translations: Translations): MailMessage["heading"] {
  if (message.author.kind === "visitor") return translations.t("you");
  const author = displayName(message.author.name) ?? company;
  return message.role === "pending" ? translations.t("newReply", { author }) : translations.isolate(author);
}
