import { Migration } from "@mikro-orm/migrations";

/** What channels tell of messages after they came or went: edited, taken back, read up to a moment, before their time. */
export class ChannelEvents20261122 extends Migration {
  override up(): void {
    this.addSql(messages);
    this.addSql(early);
  }
}

const messages = `
ALTER TABLE messages ADD COLUMN edited_at timestamptz, ADD COLUMN unsent_at timestamptz;
-- A watermark of the channel's vendor, by its clock: what turns out to have been sent before it was read.
ALTER TABLE conversations ADD COLUMN reported_read_at timestamptz;
`;

const early = `
-- Events that name a message which is not known yet: vendors keep no order. Gone when the message comes, or after a week.
CREATE TABLE deferred_events (
  channel text NOT NULL,
  message_id text NOT NULL,
  external_id text NOT NULL,
  event text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (channel, message_id, external_id)
);
CREATE INDEX deferred_events_oldest ON deferred_events (received_at);
`;
