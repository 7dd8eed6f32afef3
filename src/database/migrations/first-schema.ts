import { Migration } from "@mikro-orm/migrations";

/** The data model. Written by hand: partial indexes, UNLOGGED tables and the due functions are beyond a generator. */
export class FirstSchema extends Migration {
  override up(): void {
    this.addSql(search);
    this.addSql(people);
    this.addSql(conversations);
    this.addSql(attachments);
    this.addSql(forwarding);
    this.addSql(channels);
    this.addSql(inbound);
    this.addSql(presence);
    this.addSql(limits);
    this.addSql(dueFunctions);
  }
}

// Full-text search. PostgreSQL's parser keeps "invoice.pdf", "ana@example.com" and the "-1234" of "AB-1234" whole, so that a
// part of them is never found: without punctuation there are only words.
const search = `
CREATE FUNCTION words_of(text text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_tsvector('simple', translate(text, '!"#$%&''()*+,-./:;<=>?@[\\]^_\`{|}~', repeat(' ', 32)))
$$;
`;

const people = `
CREATE TABLE agents (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL,
  role text NOT NULL CHECK (role IN ('AGENT', 'ADMIN')),
  password_hash text NOT NULL,
  -- Still the one that the first admin got at the start; when the agent or an admin last changed it.
  first_password boolean NOT NULL DEFAULT false,
  password_changed_at timestamptz,
  availability text NOT NULL DEFAULT 'ONLINE' CHECK (availability IN ('ONLINE', 'INVISIBLE', 'OFFLINE')),
  -- Presence: has a connection; when the last one dropped; when the agent last chose to be offline or invisible.
  connected boolean NOT NULL DEFAULT false,
  dropped_at timestamptz,
  offline_at timestamptz,
  created_at timestamptz NOT NULL,
  removed_at timestamptz
);
CREATE UNIQUE INDEX agents_email ON agents (lower(email)) WHERE removed_at IS NULL;

CREATE TABLE visitors (
  id uuid PRIMARY KEY,
  external_id text UNIQUE,
  alias_of uuid REFERENCES visitors (id),
  name text,
  -- Channel id -> {"address": as the channel's plugin stores it, "shown": as people read it}.
  addresses jsonb NOT NULL DEFAULT '{}',
  email text GENERATED ALWAYS AS (addresses #>> '{email,address}') STORED,
  email_source text CHECK (email_source IN ('FORM', 'CHAT', 'AGENT', 'IDENTITY')),
  -- That the email address is the visitor's own. Null while the visitor has only typed it.
  email_proof text CHECK (email_proof IN ('ANSWER', 'LINK', 'IDENTITY', 'AGENT')),
  email_proven_at timestamptz,
  locale text,
  time_zone text,
  page text,
  -- Presence: has a connection; the last interaction; when the last connection closed or leaveWebsite was called.
  connected boolean NOT NULL DEFAULT false,
  last_interaction_at timestamptz,
  departed_at timestamptz,
  -- Wants no email about any conversation.
  opted_out_at timestamptz,
  -- The network that the last session began from, for staff who block it: an IPv4 address, or the /64 of an IPv6 address.
  network text,
  -- Staff let this visitor write no more, and nothing is sent to them.
  blocked_at timestamptz,
  blocked_by_id uuid REFERENCES agents (id),
  created_at timestamptz NOT NULL,
  erased_at timestamptz,
  CHECK ((blocked_at IS NULL) = (blocked_by_id IS NULL))
);
CREATE INDEX visitors_addresses ON visitors USING gin (addresses jsonb_path_ops);
CREATE INDEX visitors_search ON visitors
  USING gin (words_of(coalesce(name, '') || ' ' || coalesce(addresses #>> '{email,address}', '')));

-- Who typed an address that is not proven, and when: what is sent there is limited. Deleted once it is proven or replaced.
CREATE TABLE typed_addresses (
  visitor_id uuid PRIMARY KEY REFERENCES visitors (id),
  session_id uuid NOT NULL,
  network text,
  typed_at timestamptz NOT NULL
);

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('VISITOR', 'GUEST', 'AGENT')),
  visitor_id uuid REFERENCES visitors (id),
  agent_id uuid REFERENCES agents (id),
  -- A guest session is for this one conversation, and counts as present only from its first activity on.
  conversation_id uuid,
  active_at timestamptz,
  -- A guest session: the fingerprint of the address that its link was sent to.
  linked_address text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  CHECK ((kind = 'AGENT') = (agent_id IS NOT NULL) AND (kind <> 'AGENT') = (visitor_id IS NOT NULL)),
  CHECK ((kind = 'GUEST') = (conversation_id IS NOT NULL))
);
CREATE INDEX sessions_visitor ON sessions (visitor_id) WHERE visitor_id IS NOT NULL;
CREATE INDEX sessions_agent ON sessions (agent_id) WHERE agent_id IS NOT NULL;

-- Networks from which no visitor may use the chat.
CREATE TABLE blocked_networks (
  range cidr PRIMARY KEY,
  note text NOT NULL,
  blocked_at timestamptz NOT NULL,
  blocked_by_id uuid NOT NULL REFERENCES agents (id),
  expires_at timestamptz
);

CREATE TABLE contact_form (
  id integer PRIMARY KEY CHECK (id = 1),
  when_online text NOT NULL CHECK (when_online IN ('OFF', 'OPTIONAL', 'REQUIRED')),
  when_offline text NOT NULL CHECK (when_offline IN ('OFF', 'OPTIONAL', 'REQUIRED'))
);
INSERT INTO contact_form VALUES (1, 'OPTIONAL', 'REQUIRED');

CREATE TABLE website_settings (
  id integer PRIMARY KEY CHECK (id = 1),
  greeting text,
  accent text
);
INSERT INTO website_settings VALUES (1);

-- On which websites the chat was opened: on those that the settings allow, so there are few.
CREATE TABLE website_sightings (
  origin text PRIMARY KEY,
  seen_at timestamptz NOT NULL
);
`;

const conversations = `
CREATE TABLE conversations (
  id uuid PRIMARY KEY,
  visitor_id uuid NOT NULL REFERENCES visitors (id),
  channel text NOT NULL,
  status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'CLOSED')),
  assignee_id uuid REFERENCES agents (id),
  started_at timestamptz NOT NULL,
  closed_at timestamptz,
  resume_codes_revoked_at timestamptz,
  -- The read model: what lists show, kept in the transaction that changes it. Positions count messages from 1.
  last_activity_at timestamptz NOT NULL,
  last_message jsonb,
  message_count integer NOT NULL DEFAULT 0,
  visitor_read_position integer NOT NULL DEFAULT 0,
  agents_read_position integer NOT NULL DEFAULT 0,
  unread_replies integer NOT NULL DEFAULT 0,
  unread_by_agents integer NOT NULL DEFAULT 0,
  -- A read receipt up to this moment, by the vendor's clock: applies to replies that turn out to have been sent before it.
  reported_read_at timestamptz,
  -- Forwarding: positions, what is pending, and what the due check orders by.
  forwarded_position integer NOT NULL DEFAULT 0,
  attempted_position integer NOT NULL DEFAULT 0,
  pending_replies integer NOT NULL DEFAULT 0,
  first_pending_at timestamptz,
  last_pending_at timestamptz,
  last_pending_position integer NOT NULL DEFAULT 0,
  undeliverable_at timestamptz,
  held_at timestamptz,
  held_by uuid REFERENCES agents,
  -- Too much was sent to addresses that are not proven: not forwarded before this moment.
  unproven_until timestamptz,
  -- Wants no email about this conversation. Independent of visitors.opted_out_at.
  opted_out_at timestamptz,
  -- The page from which the visitor last wrote: links in emails lead to it.
  written_from text,
  open_delivery_id uuid,
  last_outcome text,
  preference_version integer NOT NULL DEFAULT 0,
  due_channel text,
  due_at timestamptz,
  offline_due_at timestamptz
);
-- One partial index per list: an index on last_activity_at of every row would end HOT updates for all of them.
CREATE INDEX conversations_open ON conversations (last_activity_at DESC, id DESC) WHERE status = 'OPEN';
CREATE INDEX conversations_closed ON conversations (last_activity_at DESC, id DESC) WHERE status = 'CLOSED';
CREATE INDEX conversations_assignee ON conversations (assignee_id, last_activity_at DESC, id DESC) WHERE assignee_id IS NOT NULL;
CREATE INDEX conversations_channel ON conversations (channel, last_activity_at DESC, id DESC) WHERE channel <> 'web';
CREATE INDEX conversations_mine ON conversations (assignee_id, last_activity_at DESC, id DESC)
  WHERE status = 'OPEN' AND assignee_id IS NOT NULL;
CREATE INDEX conversations_unassigned ON conversations (last_activity_at DESC, id DESC)
  WHERE status = 'OPEN' AND assignee_id IS NULL;
CREATE INDEX conversations_needing_reply ON conversations (last_activity_at DESC, id DESC)
  WHERE status = 'OPEN' AND last_message ->> 'author_kind' = 'VISITOR';
-- By what becomes of their replies: src/forwarding/due/state-sql.ts.
CREATE INDEX conversations_sending ON conversations (last_activity_at DESC, id DESC) WHERE open_delivery_id IS NOT NULL;
CREATE INDEX conversations_held ON conversations (last_activity_at DESC, id DESC)
  WHERE held_at IS NOT NULL AND open_delivery_id IS NULL;
CREATE INDEX conversations_waiting ON conversations (last_activity_at DESC, id DESC)
  WHERE due_at IS NOT NULL AND held_at IS NULL AND open_delivery_id IS NULL;
CREATE INDEX conversations_by_due ON conversations (due_at, id)
  WHERE due_at IS NOT NULL AND held_at IS NULL AND open_delivery_id IS NULL;
CREATE INDEX conversations_by_offline_due ON conversations (offline_due_at, id)
  WHERE due_at IS NOT NULL AND held_at IS NULL AND open_delivery_id IS NULL;
CREATE INDEX conversations_not_due ON conversations (last_activity_at DESC, id DESC)
  WHERE pending_replies > 0 AND due_at IS NULL AND held_at IS NULL AND open_delivery_id IS NULL;
CREATE INDEX conversations_visitor ON conversations (visitor_id, last_activity_at DESC, id DESC);
-- What the due check reads, channel by channel, in order of due time.
CREATE INDEX conversations_due ON conversations (due_channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX conversations_offline_due ON conversations (due_channel, offline_due_at) WHERE offline_due_at IS NOT NULL;
CREATE INDEX conversations_preference ON conversations (preference_version) WHERE pending_replies > 0;

CREATE TABLE messages (
  id uuid PRIMARY KEY,
  conversation_id uuid NOT NULL REFERENCES conversations (id),
  position integer NOT NULL,
  author_kind text NOT NULL CHECK (author_kind IN ('VISITOR', 'AGENT', 'BOT')),
  -- The visitor or agent who sent it; for a bot, the agent whose token wrote in its name.
  author_id uuid NOT NULL,
  bot_name text,
  text text NOT NULL,
  -- [{"id", "name", "contentType", "sizeBytes"}] in the order of the message; null when there are none. Copied here so
  -- that lists need no join; the row in attachments says who owns the file and whether it still exists.
  attachments jsonb,
  via text NOT NULL,
  sent_at timestamptz NOT NULL,
  edited_at timestamptz,
  unsent_at timestamptz,
  client_message_id text,
  external_id text,
  forwarded_to text,
  forwarded_at timestamptz,
  -- An IMMEDIATE channel cannot deliver it: a WHEN_AWAY channel may.
  undeliverable_at timestamptz,
  UNIQUE (conversation_id, position)
);
CREATE UNIQUE INDEX messages_client_message_id ON messages (author_id, client_message_id) WHERE client_message_id IS NOT NULL;
CREATE UNIQUE INDEX messages_external_id ON messages (via, external_id) WHERE external_id IS NOT NULL;
-- When a channel last received something.
CREATE INDEX messages_received ON messages (via, sent_at) WHERE author_kind = 'VISITOR' AND via <> 'web';
CREATE INDEX messages_search ON messages USING gin (words_of(text));
`;

const attachments = `
CREATE TABLE attachments (
  id uuid PRIMARY KEY,
  uploader_kind text NOT NULL CHECK (uploader_kind IN ('VISITOR', 'AGENT')),
  uploader_id uuid NOT NULL,
  name text NOT NULL,
  content_type text NOT NULL,
  -- Until the upload ends: the bytes reserved for it.
  size_bytes integer NOT NULL,
  created_at timestamptz NOT NULL,
  uploaded_at timestamptz,
  -- Set once, by the statement that claims it; the message is written later in the same transaction.
  message_id uuid REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
  -- Set: the file is to be deleted, then the row.
  removed_at timestamptz
);
-- In order: uploads that are not sent yet; abandoned ones; files to delete; files of who is erased; those of a message.
CREATE INDEX attachments_waiting ON attachments (uploader_id) WHERE message_id IS NULL;
CREATE INDEX attachments_left ON attachments (created_at) WHERE message_id IS NULL AND removed_at IS NULL;
CREATE INDEX attachments_removed ON attachments (id) WHERE removed_at IS NOT NULL;
CREATE INDEX attachments_uploader ON attachments (uploader_id);
CREATE INDEX attachments_message ON attachments (message_id) WHERE message_id IS NOT NULL;
`;

const forwarding = `
CREATE TABLE forwarding_preference (
  id integer PRIMARY KEY CHECK (id = 1),
  mode text NOT NULL CHECK (mode IN ('NOTHING', 'UNREAD_REPLIES', 'FULL_TRANSCRIPT')),
  mode_since timestamptz NOT NULL,
  visitor_left_delay_seconds integer NOT NULL CHECK (visitor_left_delay_seconds BETWEEN 0 AND 86400),
  inactivity_delay_seconds integer NOT NULL CHECK (inactivity_delay_seconds BETWEEN 60 AND 604800),
  settle_seconds integer NOT NULL CHECK (settle_seconds BETWEEN 0 AND 600),
  context_messages integer NOT NULL CHECK (context_messages BETWEEN 0 AND 50),
  short_conversation_messages integer NOT NULL CHECK (short_conversation_messages BETWEEN 0 AND 100),
  unproven_address text NOT NULL CHECK (unproven_address IN ('FULL', 'NOTICE')),
  -- Incremented by every change; due times that were stored under an older version are recomputed.
  version integer NOT NULL,
  -- The WHEN_AWAY channels, in order of preference, under which due times are stored.
  channels text[] NOT NULL,
  updated_at timestamptz NOT NULL,
  updated_by_id uuid REFERENCES agents (id)
);
INSERT INTO forwarding_preference VALUES (1, 'UNREAD_REPLIES', now(), 300, 1800, 30, 4, 10, 'FULL', 1, '{}', now(), NULL);

CREATE TABLE deliveries (
  id uuid PRIMARY KEY,
  conversation_id uuid NOT NULL REFERENCES conversations (id),
  channel text NOT NULL,
  address jsonb NOT NULL,
  -- The address as people read it.
  address_shown text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('UNREAD_REPLIES', 'FULL_TRANSCRIPT', 'NOTICE', 'DIRECT')),
  trigger text NOT NULL CHECK (trigger IN ('VISITOR_LEFT', 'INACTIVITY', 'AGENTS_OFFLINE', 'REQUESTED', 'IMMEDIATE')),
  status text NOT NULL CHECK (status IN
    ('QUEUED', 'SENDING', 'SENT', 'DELIVERED', 'BOUNCED', 'FAILED', 'UNCERTAIN', 'CANCELLED')),
  -- Random and kept through retries: the vendor's message id is built from it.
  reference text NOT NULL UNIQUE,
  -- The one reply of a DIRECT delivery, and its position: they are sent in that order.
  message_id uuid REFERENCES messages (id),
  message_position integer,
  due_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  next_attempt_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  first_attempt_at timestamptz,
  -- The channel's paused time when trying began: pauses do not count towards giving up.
  paused_ms_at_first_attempt bigint NOT NULL DEFAULT 0,
  lease_token uuid,
  lease_until timestamptz,
  -- Set once an attempt may have arrived: content, address and reference never change after it.
  frozen_at timestamptz,
  -- The part of the conversation that the last attempt carried, context included.
  from_position integer,
  to_position integer,
  -- The last attempt left out what the visitor wrote: nobody has proven the address, and no person has answered.
  withholds_visitor boolean NOT NULL DEFAULT false,
  progress jsonb,
  external_ids jsonb NOT NULL DEFAULT '[]',
  thread jsonb,
  sent_at timestamptz,
  delivered_at timestamptz,
  finished_at timestamptz,
  cancel_reason text CHECK (cancel_reason IN
    ('BLOCKED', 'ERASED', 'HELD', 'OPTED_OUT', 'READ', 'READDRESSED', 'SUPPRESSED', 'SWITCHED_OFF')),
  -- The agent who asked for it with forwardNow.
  requested_by uuid REFERENCES agents (id),
  failure_code text,
  failure_detail text,
  CHECK ((kind = 'DIRECT') = (message_id IS NOT NULL)),
  CHECK ((status = 'SENDING') = (lease_token IS NOT NULL))
);
CREATE UNIQUE INDEX deliveries_one_open ON deliveries (conversation_id, channel)
  WHERE kind <> 'DIRECT' AND status IN ('QUEUED', 'SENDING');
CREATE UNIQUE INDEX deliveries_one_a_reply ON deliveries (message_id) WHERE kind = 'DIRECT';
CREATE UNIQUE INDEX deliveries_one_sending ON deliveries (conversation_id) WHERE kind = 'DIRECT' AND status = 'SENDING';
CREATE INDEX deliveries_queued ON deliveries (channel, next_attempt_at, id) WHERE status = 'QUEUED';
CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE status = 'SENDING';
CREATE INDEX deliveries_queued_direct ON deliveries (conversation_id, message_position)
  WHERE kind = 'DIRECT' AND status IN ('QUEUED', 'SENDING');
CREATE INDEX deliveries_newest ON deliveries (created_at DESC, id DESC);
CREATE INDEX deliveries_trigger ON deliveries (trigger, created_at DESC, id DESC);
CREATE INDEX deliveries_late ON deliveries (created_at DESC, id DESC)
  WHERE coalesce(sent_at, finished_at) - due_at > interval '1 hour';
CREATE INDEX deliveries_status ON deliveries (status, created_at DESC, id DESC);
CREATE INDEX deliveries_channel ON deliveries (channel, created_at DESC, id DESC);
CREATE INDEX deliveries_conversation ON deliveries (conversation_id, created_at DESC, id DESC);
CREATE INDEX deliveries_external_ids ON deliveries USING gin (external_ids jsonb_path_ops);

-- The replies that a delivery carries; context is not stored.
CREATE TABLE delivery_messages (
  delivery_id uuid NOT NULL REFERENCES deliveries (id),
  message_id uuid NOT NULL REFERENCES messages (id),
  position integer NOT NULL,
  PRIMARY KEY (delivery_id, message_id)
);
CREATE INDEX delivery_messages_message ON delivery_messages (message_id);

-- What was sent to addresses that were not proven, for a day: limits count it, in the transaction that plans the delivery.
CREATE TABLE unproven_mails (
  delivery_id uuid PRIMARY KEY,
  visitor_id uuid NOT NULL,
  -- The address in the form in which it is counted.
  mailbox text NOT NULL,
  -- The first one of this visitor to this mailbox within a day.
  first boolean NOT NULL,
  session_id uuid,
  network text,
  -- A session that is younger than a day named the address, and no person has answered.
  unattended boolean NOT NULL,
  planned_at timestamptz NOT NULL
);
CREATE INDEX unproven_mails_mailbox ON unproven_mails (mailbox, planned_at DESC);
CREATE INDEX unproven_mails_session ON unproven_mails (session_id, planned_at DESC) WHERE first;
CREATE INDEX unproven_mails_network ON unproven_mails (network, planned_at DESC) WHERE first;
CREATE INDEX unproven_mails_unattended ON unproven_mails (planned_at DESC) WHERE first AND unattended;
CREATE INDEX unproven_mails_oldest ON unproven_mails (planned_at);
CREATE INDEX unproven_mails_visitor ON unproven_mails (visitor_id);

-- Addresses that bounced: soft ones are counted, a hard one suppresses.
CREATE TABLE address_states (
  channel text NOT NULL,
  address text NOT NULL,
  soft_bounces integer NOT NULL DEFAULT 0,
  suppressed_at timestamptz,
  reason text CHECK (reason IN ('HARD_BOUNCE', 'SOFT_BOUNCES', 'COMPLAINT')),
  detail text,
  -- The suppression that an admin lifted last: lifting it a second time gives the same answer.
  lifted_suppression jsonb,
  PRIMARY KEY (channel, address)
);
-- The list that admins page through, newest first.
CREATE INDEX address_states_suppressed ON address_states (suppressed_at DESC, channel DESC, address DESC)
  WHERE suppressed_at IS NOT NULL;
`;

const channels = `
CREATE TABLE channel_states (
  channel text PRIMARY KEY,
  paused_at timestamptz,
  paused_reason text,
  paused_ms bigint NOT NULL DEFAULT 0,
  throttled_until timestamptz,
  checked_at timestamptz,
  detail text,
  -- The last failed attempt, retried ones included. The delivery tells whose it was: the detail may hold an address, and
  -- is erased with that visitor.
  failed_at timestamptz,
  failure_code text,
  failure_detail text,
  failed_delivery_id uuid
);
CREATE TABLE channel_store (
  channel text NOT NULL,
  -- Compared byte by byte, so that the index gives the entries in the order that plugins are promised.
  key text COLLATE "C" NOT NULL,
  value jsonb,
  encrypted bytea,
  conversation_id uuid REFERENCES conversations (id),
  PRIMARY KEY (channel, key)
);
CREATE INDEX channel_store_conversation ON channel_store (conversation_id) WHERE conversation_id IS NOT NULL;
`;

const inbound = `
-- The events that channels have reported, so that a repetition is recognised.
CREATE TABLE inbound_events (
  channel text NOT NULL,
  external_id text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (channel, external_id)
);

-- Events about a message that is not known yet, since vendors keep no order. Deleted once it is known, or after a week.
CREATE TABLE deferred_events (
  channel text NOT NULL,
  message_id text NOT NULL,
  external_id text NOT NULL,
  event text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (channel, message_id, external_id)
);
CREATE INDEX deferred_events_oldest ON deferred_events (received_at);

CREATE TABLE inbound_originals (
  id uuid PRIMARY KEY,
  channel text NOT NULL,
  -- What the channel recognises an original by. Kept when all else is emptied, so that nothing is accepted twice.
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
  -- It belonged to no conversation when it came: anybody may have sent it. The oldest of these are removed when they are many.
  unmatched boolean NOT NULL DEFAULT false,
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
-- What retention deletes: the content of originals that did not become a message.
CREATE INDEX inbound_originals_removable ON inbound_originals (settled_at)
  WHERE content IS NOT NULL AND message_id IS NULL AND status IN ('UNDERSTOOD', 'DROPPED');
CREATE INDEX inbound_originals_unmatched ON inbound_originals (channel, received_at DESC, id DESC) INCLUDE (size_bytes)
  WHERE unmatched;
-- Mails are short, or base64 that hardly compresses: stored uncompressed.
ALTER TABLE inbound_originals ALTER COLUMN content SET STORAGE EXTERNAL;

-- Who sent a message that came by a channel where senders can be forged.
CREATE TABLE message_senders (
  message_id uuid PRIMARY KEY REFERENCES messages (id),
  address text NOT NULL,
  -- Null: verified.
  doubt text CHECK (doubt IN ('NO_SENDER', 'OTHER_SENDER', 'NOT_AUTHENTICATED')),
  detail text
);
`;

const presence = `
-- Running processes with their last heartbeat. Logged, unlike connections: it tells when a crashed process was last alive.
CREATE TABLE processes (
  id uuid PRIMARY KEY,
  started_at timestamptz NOT NULL,
  heartbeat_at timestamptz NOT NULL
);
-- UNLOGGED: a crash of the database empties both tables below, and processes write their open connections again.
CREATE UNLOGGED TABLE connections (
  id uuid PRIMARY KEY,
  process_id uuid NOT NULL,
  visitor_id uuid,
  agent_id uuid,
  opened_at timestamptz NOT NULL
);
CREATE INDEX connections_visitor ON connections (visitor_id) WHERE visitor_id IS NOT NULL;
CREATE INDEX connections_agent ON connections (agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX connections_process ON connections (process_id);
-- One row: since when connections have been recorded. Empty after a crash of the database.
CREATE UNLOGGED TABLE presence_epoch (id integer PRIMARY KEY CHECK (id = 1), began_at timestamptz NOT NULL);
`;

const limits = `
-- How often something that is limited was done. The columns and their order are those of rate-limiter-flexible; \`expire\` is in
-- milliseconds since 1970. UNLOGGED: a crash of the database forgets what was counted.
CREATE UNLOGGED TABLE rate_limits (key varchar(255) PRIMARY KEY, points integer NOT NULL, expire bigint NOT NULL);
`;

// due.ts in SQL, for statements that store when a conversation becomes due. A property test holds the two together.
// STABLE rather than IMMUTABLE because adding an interval to a timestamptz is; so they are inlined.
const dueFunctions = `
CREATE FUNCTION settled_at(first_pending timestamptz, last_pending timestamptz, settle_seconds integer, left_delay_seconds integer)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT least(last_pending + make_interval(secs => settle_seconds),
               first_pending + make_interval(secs => greatest(left_delay_seconds, settle_seconds)))
$$;

-- From when on the visitor counts as away, if nothing changes; null while connected.
CREATE FUNCTION away_from(connected boolean, last_interaction timestamptz, departed timestamptz)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN connected THEN NULL
    WHEN last_interaction IS NULL THEN coalesce(departed, '-infinity')
    WHEN departed >= last_interaction THEN departed
    ELSE last_interaction + interval '60 seconds' END
$$;

-- The earliest of VISITOR_LEFT and INACTIVITY.
CREATE FUNCTION due_by_visitor(connected boolean, last_interaction timestamptz, departed timestamptz, first_pending timestamptz,
  settled timestamptz, left_delay_seconds integer, inactivity_delay_seconds integer)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT least(
    CASE WHEN NOT connected THEN greatest(away_from(connected, last_interaction, departed),
      greatest(last_interaction, departed) + make_interval(secs => left_delay_seconds), settled) END,
    greatest(greatest(last_interaction, first_pending) + make_interval(secs => inactivity_delay_seconds), settled))
$$;

-- The conversation's part of AGENTS_OFFLINE; when the last agent left is looked up by the due check.
CREATE FUNCTION due_by_agents(connected boolean, last_interaction timestamptz, departed timestamptz, all_read boolean,
  settled timestamptz, left_delay_seconds integer)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN all_read THEN greatest(settled, least(last_interaction + make_interval(secs => left_delay_seconds),
    away_from(connected, last_interaction, departed))) ELSE settled END
$$;
`;
