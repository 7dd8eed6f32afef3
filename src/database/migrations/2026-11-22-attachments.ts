import { Migration } from "@mikro-orm/migrations";

/** Files beside messages. */
export class Attachments20261122 extends Migration {
  override up(): void {
    this.addSql(attachments);
  }
}

const attachments = `
CREATE TABLE attachments (
  id uuid PRIMARY KEY,
  uploader_kind text NOT NULL CHECK (uploader_kind IN ('VISITOR', 'AGENT')),
  uploader_id uuid NOT NULL,
  name text NOT NULL,
  content_type text NOT NULL,
  -- Until it has been uploaded: what was reserved for it.
  size_bytes integer NOT NULL,
  created_at timestamptz NOT NULL,
  uploaded_at timestamptz,
  -- Set once, by the statement that claims it; the message is written later in that transaction.
  message_id uuid REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
  -- The file is to go, and then the row.
  removed_at timestamptz
);
-- What an uploader has waiting; what was left behind; what has to go; what an uploader sent of late.
CREATE INDEX attachments_waiting ON attachments (uploader_id) WHERE message_id IS NULL;
CREATE INDEX attachments_left ON attachments (created_at) WHERE message_id IS NULL AND removed_at IS NULL;
CREATE INDEX attachments_removed ON attachments (id) WHERE removed_at IS NOT NULL;
CREATE INDEX attachments_uploader ON attachments (uploader_id, created_at);
CREATE INDEX attachments_message ON attachments (message_id) WHERE message_id IS NOT NULL;

-- [{"id", "name", "contentType", "sizeBytes"}] in the order of the message; null when there are none. Kept here so that
-- lists need no join; the row of attachments says whose the file is and whether it is still there.
ALTER TABLE messages ADD COLUMN attachments jsonb;
`;
