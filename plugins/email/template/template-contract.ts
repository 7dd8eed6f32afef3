/**
 * The types for a custom template, imported as `afterchat/email-template`. EMAIL_TEMPLATE names the module; its default
 * export is an `EmailTemplate`. Afterchat adds headers, threading, attachments and the marker above which answers are
 * read.
 */
export type EmailTemplate = (mail: MailContent) => MailBody | Promise<MailBody>;

export interface MailBody {
  /** One line. Later emails of a conversation keep the subject of the first. */
  readonly subject: string;
  /** A complete document of at most 100,000 bytes: Gmail clips longer ones. Escape every text of the content. */
  readonly html: string;
  /** The same as plain text. */
  readonly text: string;
}

/** The texts of the email in its language, as plain text: nothing is escaped, and nothing is internal. */
export interface MailContent {
  /** BCP 47. */
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  readonly subject: string;
  /**
   * The line above which an answer by email is read; `null` if visitors answer on the website. Added if it is missing.
   */
  readonly marker: string | null;
  readonly greeting: string;
  /** Says who wrote. */
  readonly introduction: string;
  /** What the email does not show and where to find it; usually empty. */
  readonly notices: readonly string[];
  /** Empty if the email only says that there is a reply: its address is not proven to be the visitor's. */
  readonly messages: readonly MailMessage[];
  /** Opens the website at this conversation. */
  readonly button: Link;
  readonly howToAnswer: string;
  /** Why the visitor receives this email. */
  readonly footer: string;
  /** Unsubscribes from emails about this conversation. */
  readonly optOut: Link;
}

export interface MailMessage {
  /** `pending`: the replies that the email is about. `context`: earlier messages. */
  readonly role: "pending" | "context";
  /** Says who wrote it, such as "New reply from Ben". */
  readonly heading: string;
  /** When it was sent, in the visitor's time zone and locale. */
  readonly time: string;
  /** May be empty if there are files. Lines end in `\n`. */
  readonly text: string;
  /** Says where the rest of a text is that is too large for an email; `null` if the text is complete. */
  readonly note: string | null;
  readonly files: readonly MailFile[];
}

export interface MailFile {
  readonly text: string;
  /** `null`: it is attached, or no longer available. */
  readonly url: string | null;
}

export interface Link {
  readonly text: string;
  readonly url: string;
}
