import { randomBytes } from "node:crypto";
import { v7 } from "uuid";
import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import { hashPassword } from "./password.js";

// 15 bytes are 20 characters of base64url.
const passwordBytes = 15;

export interface FirstAdmin {
  readonly email: string;
  /** The generated password, to be printed once at the start; null if ADMIN_PASSWORD is set. */
  readonly password: string | null;
}

/**
 * Creates the first admin, with ADMIN_EMAIL and ADMIN_PASSWORD or a generated password. A lock makes sure that only one of
 * several processes that start at the same time does. Null if there already is an admin.
 */
export async function ensureFirstAdmin(
  services: Pick<Services, "config" | "clock" | "database">,
): Promise<FirstAdmin | null> {
  const { adminEmail, adminPassword } = services.config;
  // Checked before hashing, which is slow and only needed at the very first start.
  if ((await services.database.query(anyAdminStatement, [])).length > 0) return null;
  const password = adminPassword ?? randomBytes(passwordBytes).toString("base64url");
  const passwordHash = await hashPassword(password);
  const now = services.clock.now();
  return services.database.transaction(async (transaction) => {
    await transaction.query(lockStatement, []);
    if ((await transaction.query(anyAdminStatement, [])).length > 0) return null;
    await transaction.query(insertStatement, [v7(), "Admin", adminEmail, passwordHash, now]);
    return { email: adminEmail, password: adminPassword === null ? password : null };
  });
}

const anyAdminStatement: Statement = {
  name: "find-any-admin",
  text: "SELECT id FROM agents WHERE role = 'ADMIN' AND removed_at IS NULL LIMIT 1",
};

const lockStatement: Statement = {
  name: "lock-first-admin",
  text: "SELECT pg_advisory_xact_lock(hashtextextended('first-admin', 0))",
};

// The address may belong to an agent if the last admin was removed manually, in the database.
const insertStatement: Statement = {
  name: "insert-first-admin",
  text: `INSERT INTO agents (id, name, email, role, password_hash, created_at) VALUES ($1, $2, $3, 'ADMIN', $4, $5)
    ON CONFLICT (lower(email)) WHERE removed_at IS NULL
    DO UPDATE SET role = 'ADMIN', password_hash = excluded.password_hash`,
};
