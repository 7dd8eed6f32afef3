import { Migration } from "@mikro-orm/migrations";

/** What came in by email: originals as they were taken, and who sent what became a message. */
export class Inbound20261122 extends Migration {
  override up(): void {
    this.addSql(originals);
    this.addSql(senders);
  }
}

const originals = `
CREATE TABLE inbound_originals (
  id uuid PRIMARY KEY,
  channel text NOT NULL,
  -- What the channel tells two originals apart by; it stays when all else is emptied, so that nothing is taken twice.
  key text NOT NULL,
  -- The raw mail, in the database: stored and acknowledged by one commit, read by any process. Null once removed.
  content bytea,
  content_type text NOT NULL,
  size_bytes integer NOT NULL,
  -- JSON as text: jsonb refuses NUL and halves of surrogate pairs, which mails may hold. Null once removed.
  envelope text,
  sender text,
  recipients text[] NOT NULL,
  subject text,
  received_at timestamptz NOT NULL,
  status text NOT NULL CHECK (status IN ('RECEIVED', 'UNDERSTOOD', 'DROPPED', 'FAILED')),
  reason text,
  detail text,
  attempts integer NOT NULL DEFAULT 0,
  -- When it may be claimed: while it is being interpreted, the end of the lease.
  next_attempt_at timestamptz,
  lease_token uuid,
  settled_at timestamptz,
  conversation_id uuid REFERENCES conversations (id),
  message_id uuid REFERENCES messages (id),
  delivery_id uuid REFERENCES deliveries (id),
  UNIQUE (channel, key),
  CHECK ((status = 'RECEIVED') = (next_attempt_at IS NOT NULL)),
  CHECK ((status = 'DROPPED') = (reason IS NOT NULL))
);
CREATE INDEX inbound_originals_waiting ON inbound_originals (channel, next_attempt_at, id) WHERE status = 'RECEIVED';
CREATE INDEX inbound_originals_newest ON inbound_originals (received_at DESC, id DESC);
CREATE INDEX inbound_originals_status ON inbound_originals (status, received_at DESC, id DESC);
CREATE INDEX inbound_originals_reason ON inbound_originals (reason, received_at DESC, id DESC) WHERE reason IS NOT NULL;
CREATE INDEX inbound_originals_conversation ON inbound_originals (conversation_id, received_at DESC, id DESC)
  WHERE conversation_id IS NOT NULL;
CREATE INDEX inbound_originals_message ON inbound_originals (message_id) WHERE message_id IS NOT NULL;
-- What is removed after a while: the content of all that became no message.
CREATE INDEX inbound_originals_removable ON inbound_originals (settled_at)
  WHERE content IS NOT NULL AND message_id IS NULL AND status IN ('UNDERSTOOD', 'DROPPED');
-- A mail is compressed text already, or base64 that does not compress: storing it as it is spares the work.
ALTER TABLE inbound_originals ALTER COLUMN content SET STORAGE EXTERNAL;
`;

const senders = `
-- Who sent a message that came by a channel where senders can be forged.
CREATE TABLE message_senders (
  message_id uuid PRIMARY KEY REFERENCES messages (id),
  address text NOT NULL,
  -- Null: verified.
  doubt text CHECK (doubt IN ('NO_SENDER', 'OTHER_SENDER', 'NOT_AUTHENTICATED')),
  detail text
);
`;
