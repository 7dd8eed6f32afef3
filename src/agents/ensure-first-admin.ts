import { v7 } from "uuid";
import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import { unknownPasswordHash } from "./password.js";

export interface FirstAdmin {
  readonly email: string;
  /** The generated password, to be printed once at the start; null if ADMIN_PASSWORD is set. */
  readonly password: string | null;
}

/**
 * Creates the first admin when no admin has a password that anybody knows: from ADMIN_EMAIL and ADMIN_PASSWORD or, without
 * the latter, with a password that nobody knows, until `showFirstAdmin` generates one. Processes that start at once take
 * turns. Returns the admin whose password this call has set from ADMIN_PASSWORD, otherwise null.
 */
export async function ensureFirstAdmin(
  services: Pick<Services, "config" | "clock" | "database" | "passwords">,
): Promise<FirstAdmin | null> {
  const { adminEmail, adminPassword } = services.config;
  // Read before hashing, which is only worth its time at the very first start.
  const [before] = await services.database.query<Admin>(findStatement, [unknownPasswordHash]);
  if (before?.isReady) return null;
  const passwordHash = adminPassword === null ? unknownPasswordHash : await services.passwords.hash(adminPassword);
  const now = services.clock.now();
  return services.database.transaction(async (transaction) => {
    await transaction.query(lockStatement, []);
    const [admin] = await transaction.query<Admin>(findStatement, [unknownPasswordHash]);
    if (admin?.isReady) return null;
    // An earlier start failed before it could show a password; the settings may have changed since.
    if (admin !== undefined) await transaction.query(updateStatement, [admin.id, adminEmail, passwordHash]);
    else await transaction.query(insertStatement, [v7(), "Admin", adminEmail, passwordHash, now]);
    return adminPassword === null ? null : { email: adminEmail, password: null };
  });
}

interface Admin {
  readonly id: string;
  /** Somebody may know the password. */
  readonly isReady: boolean;
}

const findStatement: Statement = {
  name: "find-first-admin",
  text: `SELECT id, password_hash <> $1 AS is_ready FROM agents WHERE role = 'ADMIN' AND removed_at IS NULL
    ORDER BY is_ready DESC LIMIT 1`,
};

const lockStatement: Statement = {
  name: "lock-first-admin",
  text: "SELECT pg_advisory_xact_lock(hashtextextended('first-admin', 0))",
};

const updateStatement: Statement = {
  name: "update-first-admin",
  text: "UPDATE agents SET email = $2, password_hash = $3, first_password = true WHERE id = $1",
};

// The address may belong to an agent if somebody took the last admin away by hand.
const insertStatement: Statement = {
  name: "insert-first-admin",
  text: `
    INSERT INTO agents (id, name, email, role, password_hash, first_password, created_at)
    VALUES ($1, $2, $3, 'ADMIN', $4, true, $5)
    ON CONFLICT (lower(email)) WHERE removed_at IS NULL
    DO UPDATE SET role = 'ADMIN', password_hash = excluded.password_hash, first_password = true`,
};
