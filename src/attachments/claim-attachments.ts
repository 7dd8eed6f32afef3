import { validate } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import { badUserInput, UserError } from "../errors.js";
import type { Attachment, SentAttachment } from "./attachment.entity.js";

/** Of one message. */
export const maxAttachments = 10;
const field = "input.attachmentIds";

export type Uploader = Pick<Attachment, "uploaderKind" | "uploaderId">;

/** The ids in lower case, in the same order. @throws BAD_USER_INPUT when there are more than 10, or one is repeated */
export function parseAttachmentIds(input: readonly string[] | null | undefined): readonly string[] {
  const ids = input ?? [];
  if (ids.length > maxAttachments) {
    throw badUserInput(
      field,
      `A message can have at most ${maxAttachments} attachments: send the others in another message.`,
    );
  }
  if (new Set(ids.map((id) => id.toLowerCase())).size < ids.length) {
    throw badUserInput(field, "List each attachment once.");
  }
  return ids.map((id) => id.toLowerCase());
}

/**
 * Assigns uploads to the message that this transaction is about to write. An upload can be sent only once: of two
 * concurrent messages, one gets it. Returned in the order of `ids`.
 * @throws NOT_FOUND for uploads that are unknown, someone else's, unfinished or removed; CONFLICT for those already sent
 */
export async function claimAttachments(
  transaction: Transaction,
  uploader: Uploader,
  ids: readonly string[],
  messageId: string,
): Promise<readonly SentAttachment[]> {
  if (!ids.every((id) => validate(id))) throw attachmentNotFound();
  const parameters = [ids, uploader.uploaderKind, uploader.uploaderId];
  const claimed = await transaction.query<SentAttachment>(claimStatement, [...parameters, messageId]);
  if (claimed.length < ids.length) {
    const sent = await transaction.query(findSentStatement, parameters);
    throw sent.length > 0 ? alreadySent() : attachmentNotFound();
  }
  const byId = new Map(claimed.map((attachment) => [attachment.id, attachment]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

const attachmentNotFound = () =>
  new UserError("NOT_FOUND", "An attachment does not exist, or you may not send it: upload the file again.", { field });

const alreadySent = () =>
  new UserError("CONFLICT", "An attachment has already been sent: upload the file again.", { field });

// Uploads of a visitor who has joined another one belong to that one.
const ownSql = `attachments.id = ANY ($1::uuid[]) AND attachments.uploader_kind = $2 AND attachments.removed_at IS NULL
  AND CASE $2 WHEN 'VISITOR' THEN attachments.uploader_id IN (SELECT id FROM visitors WHERE id = $3 OR alias_of = $3)
    ELSE attachments.uploader_id = $3 END`;

const claimStatement: Statement = {
  name: "claim-attachments",
  text: `
    WITH locked AS (
      SELECT attachments.id FROM attachments
      WHERE ${ownSql} AND attachments.uploaded_at IS NOT NULL AND attachments.message_id IS NULL
      ORDER BY attachments.id FOR UPDATE
    )
    UPDATE attachments SET message_id = $4 FROM locked WHERE attachments.id = locked.id
    RETURNING attachments.id, attachments.name, attachments.content_type, attachments.size_bytes`,
};

const findSentStatement: Statement = {
  name: "find-sent-attachments",
  text: `SELECT attachments.id FROM attachments WHERE ${ownSql} AND attachments.message_id IS NOT NULL`,
};
