import { Migration } from "@mikro-orm/migrations";

/** What last went wrong on a channel, for those who look after it. */
export class ChannelFailures20261122 extends Migration {
  override up(): void {
    this.addSql(lastFailure);
  }
}

const lastFailure = `
-- Of any attempt, one that is tried again included: deliveries keep no time of those. The delivery tells whose it was, so
-- that the detail, which may hold an address, is erased with that visitor.
ALTER TABLE channel_states
  ADD COLUMN failed_at timestamptz,
  ADD COLUMN failure_code text,
  ADD COLUMN failure_detail text,
  ADD COLUMN failed_delivery_id uuid;
`;
