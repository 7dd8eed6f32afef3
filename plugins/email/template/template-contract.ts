/**
 * What a template of one's own is given and gives back: all that such a module imports, as `afterchat/email-template`.
 * EMAIL_TEMPLATE names the module; its default export is an `EmailTemplate`. Headers, threading, attachments and the marker
 * by which answers are read stay Afterchat's.
 */
export type EmailTemplate = (mail: MailContent) => MailBody | Promise<MailBody>;

export interface MailBody {
  /** One line. A conversation's later mails keep the subject of its first. */
  readonly subject: string;
  /** A whole document of at most 100,000 bytes: Gmail cuts off more. Escape every text of the content. */
  readonly html: string;
  /** The same as plain text. */
  readonly text: string;
}

/** What the mail says, in its language and as plain text: nothing in it is escaped, and nothing in it is internal. */
export interface MailContent {
  /** BCP 47, and how it is written. */
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  readonly subject: string;
  /** The line above which an answer by email is read; `null` when answers go through the website. Added where missing. */
  readonly marker: string | null;
  readonly greeting: string;
  /** Who wrote. */
  readonly introduction: string;
  /** What is not shown and where it is; mostly none. */
  readonly notices: readonly string[];
  readonly messages: readonly MailMessage[];
  /** The way back to the website, opened at this conversation. */
  readonly button: Link;
  readonly howToAnswer: string;
  /** Why the visitor gets this. */
  readonly footer: string;
  /** Ends the emails about this conversation. */
  readonly optOut: Link;
}

export interface MailMessage {
  /** `pending`: the replies that the mail is about. `context`: what makes them understood. */
  readonly role: "pending" | "context";
  /** Who wrote it, such as "New reply from Ben". */
  readonly heading: string;
  /** When, in the visitor's zone. */
  readonly moment: string;
  /** May be empty beside files. Lines end in `\n`. */
  readonly text: string;
  /** `null`, or the line that says where the rest of a text is that alone is too large for a mail. */
  readonly note: string | null;
  readonly files: readonly MailFile[];
}

export interface MailFile {
  readonly words: string;
  /** `null`: it is attached, or gone. */
  readonly link: string | null;
}

export interface Link {
  readonly words: string;
  readonly link: string;
}
