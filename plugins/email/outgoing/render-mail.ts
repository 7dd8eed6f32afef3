import type { Outbound } from "afterchat/channel";
import type { MailBody, MailContent } from "../template/template-contract.js";
import { ALL_LINKED, type AttachedFile, type FilesInMail, MAX_ATTACHED_BYTES } from "./attached-files.js";
import { buildContent, type ContentOptions, senderName } from "./build-content.js";
import { fitWithoutShortening, shortenToFit } from "./fit-content.js";
import { renderText, renderTranscript } from "./render-text.js";

/** What may be attached. */
export interface AttachOptions {
  readonly files: FilesInMail;
  /**
   * `if-needed`: messages that do not fit into the email are attached as a file; `never`: they are only on the website.
   */
  readonly transcript: "if-needed" | "never";
}

/** An email as the built-in template renders it. */
export interface RenderedMail extends MailBody {
  readonly content: MailContent;
  /** The display name in From. */
  readonly sender: string;
  readonly attachments: readonly AttachedFile[];
}

const TRANSCRIPT_NAME = "conversation.txt";

/** Renders an email with the built-in template, and chooses its attachments. */
export function renderMail(outbound: Outbound<string>, attach: AttachOptions, options: ContentOptions): RenderedMail {
  const { files } = attach;
  const full = buildContent(outbound, files, options);
  const sender = senderName(outbound, full.translations);
  const finish = (
    { content, html }: { readonly content: MailContent; readonly html: string },
    attachments: readonly AttachedFile[],
  ): RenderedMail => ({ subject: content.subject, html, text: renderText(content), content, sender, attachments });

  const complete = fitWithoutShortening(full);
  const attached = attachedFilesOf(outbound, files);
  if (complete !== null) return finish(complete, attached);
  if (attach.transcript === "never") return finish(shortenToFit(full, "website"), []);

  const transcript = {
    name: TRANSCRIPT_NAME,
    contentType: "text/plain; charset=utf-8",
    content: Buffer.from(renderTranscript(full)),
  };
  const withTranscript = [...attached, transcript];
  if (withTranscript.reduce((sum, file) => sum + file.content.length, 0) <= MAX_ATTACHED_BYTES) {
    return finish(shortenToFit(full, { attachedAs: TRANSCRIPT_NAME }), withTranscript);
  }
  // Text takes precedence over files. A transcript that is too large for mail servers stays on the website.
  const transcriptOption = transcript.content.length <= MAX_ATTACHED_BYTES ? "if-needed" : "never";
  return renderMail(outbound, { files: ALL_LINKED, transcript: transcriptOption }, options);
}

function attachedFilesOf(outbound: Outbound<string>, files: FilesInMail): readonly AttachedFile[] {
  return outbound.messages
    .flatMap((message) => message.attachments)
    .map(({ id }) => files.get(id))
    .filter((file) => file !== undefined && file !== "gone");
}
