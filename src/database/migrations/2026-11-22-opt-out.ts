import { Migration } from "@mikro-orm/migrations";

/** Who wants no email about what, and suppressions that admins see and lift. */
export class OptOut20261122 extends Migration {
  override up(): void {
    this.addSql(optOut);
    this.addSql(suppression);
  }
}

const optOut = `
-- Beside visitors.opted_out_at, which is about all of the visitor's conversations: neither takes the other along.
ALTER TABLE conversations ADD COLUMN opted_out_at timestamptz;
`;

const suppression = `
-- What the last suppression was that an admin lifted: lifting it twice answers twice the same.
ALTER TABLE address_states ADD COLUMN lifted_suppression jsonb;
-- The list that admins page through, newest first.
CREATE INDEX address_states_suppressed ON address_states (suppressed_at DESC, channel DESC, address DESC)
  WHERE suppressed_at IS NOT NULL;
`;
