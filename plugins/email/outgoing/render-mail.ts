import type { Outbound } from "afterchat/channel";
import type { MailBody, MailContent } from "../template/template-contract.js";
import { ALL_LINKED, type AttachedFile, type FilesInMail, MAX_ATTACHED_BYTES } from "./attached-files.js";
import { mailContent, senderName, type Writing } from "./build-content.js";
import { shortenMail, wholeMail } from "./fit-content.js";
import { textBody, transcriptBody } from "./render-text.js";

/** What may travel beside the words. */
export interface Enclosing {
  readonly files: FilesInMail;
  /** `if-needed`: what a mail cannot show is attached as a file; `never`: it is on the website. */
  readonly transcript: "if-needed" | "never";
}

export interface WrittenMail extends MailBody {
  readonly content: MailContent;
  /** The name in From. */
  readonly sender: string;
  readonly attachments: readonly AttachedFile[];
}

const TRANSCRIPT_NAME = "conversation.txt";

/** Pure: the mail by the built-in template, with what it encloses. */
export function writeMail(outbound: Outbound<string>, enclosing: Enclosing, writing: Writing): WrittenMail {
  const { files } = enclosing;
  const whole = mailContent(outbound, files, writing);
  const sender = senderName(outbound, whole.words);
  const finish = (
    { content, html }: { readonly content: MailContent; readonly html: string },
    attachments: readonly AttachedFile[],
  ): WrittenMail => ({ subject: content.subject, html, text: textBody(content), content, sender, attachments });

  const fitting = wholeMail(whole);
  const attached = filesOf(outbound, files);
  if (fitting !== null) return finish(fitting, attached);
  if (enclosing.transcript === "never") return finish(shortenMail(whole, "website"), []);

  const transcript = {
    name: TRANSCRIPT_NAME,
    contentType: "text/plain; charset=utf-8",
    content: Buffer.from(transcriptBody(whole)),
  };
  const enclosed = [...attached, transcript];
  if (enclosed.reduce((sum, file) => sum + file.content.length, 0) <= MAX_ATTACHED_BYTES) {
    return finish(shortenMail(whole, { attachedAs: TRANSCRIPT_NAME }), enclosed);
  }
  // The words before the files; and words that no mail server takes are read on the website.
  const words = transcript.content.length <= MAX_ATTACHED_BYTES ? "if-needed" : "never";
  return writeMail(outbound, { files: ALL_LINKED, transcript: words }, writing);
}

function filesOf(outbound: Outbound<string>, files: FilesInMail): readonly AttachedFile[] {
  return outbound.messages
    .flatMap((message) => message.attachments)
    .map(({ id }) => files.get(id))
    .filter((file) => file !== undefined && file !== "gone");
}
