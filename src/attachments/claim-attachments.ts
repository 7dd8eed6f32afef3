import { validate } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import { badUserInput, UserError } from "../errors.js";
import type { Attachment, SentAttachment } from "./attachment.entity.js";

const maxAttachments = 10;
const field = "input.attachmentIds";

export type Uploader = Pick<Attachment, "uploaderKind" | "uploaderId">;

/** The ids as they were given, checked for their number. @throws BAD_USER_INPUT */
export function parseAttachmentIds(given: readonly string[] | null | undefined): readonly string[] {
  const ids = given ?? [];
  if (ids.length > maxAttachments) {
    throw badUserInput(field, `A message has at most ${maxAttachments} attachments: send the others in another one.`);
  }
  if (new Set(ids.map((id) => id.toLowerCase())).size < ids.length) {
    throw badUserInput(field, "Name each attachment once.");
  }
  return ids.map((id) => id.toLowerCase());
}

/**
 * Gives uploads to the message that is about to be written in this transaction, each for good: of two messages at once
 * one gets them. In the order of `ids`.
 * @throws NOT_FOUND for what is unknown, someone else's, unfinished or removed; CONFLICT for what was sent already
 */
export async function claimAttachments(
  transaction: Transaction,
  uploader: Uploader,
  ids: readonly string[],
  messageId: string,
): Promise<readonly SentAttachment[]> {
  if (!ids.every((id) => validate(id))) throw noSuchAttachment();
  const parameters = [ids, uploader.uploaderKind, uploader.uploaderId];
  const claimed = await transaction.query<SentAttachment>(claimStatement, [...parameters, messageId]);
  if (claimed.length < ids.length) {
    const used = await transaction.query(usedStatement, parameters);
    throw used.length > 0 ? usedAlready() : noSuchAttachment();
  }
  const byId = new Map(claimed.map((attachment) => [attachment.id, attachment]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

const noSuchAttachment = () =>
  new UserError("NOT_FOUND", "There is no such attachment, or none that you may send: upload the file again.", {
    field,
  });

const usedAlready = () =>
  new UserError("CONFLICT", "An attachment was sent already: upload the file again.", { field });

// An upload by a visitor who joined another one meanwhile is that one's.
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

const usedStatement: Statement = {
  name: "used-attachments",
  text: `SELECT attachments.id FROM attachments WHERE ${ownSql} AND attachments.message_id IS NOT NULL`,
};
