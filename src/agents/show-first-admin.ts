import { randomBytes } from "node:crypto";
import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import type { FirstAdmin } from "./ensure-first-admin.js";
import { hashPassword, unknownPasswordHash } from "./password.js";

// 15 bytes are 20 characters of base64url.
const passwordBytes = 15;

/**
 * Calls `show` once: with `made`, the first admin as `ensureFirstAdmin` returned it, or, if the first admin still has no
 * password, with one that is generated now, or with null. It is shown before it is stored: a process that dies in between,
 * or a `show` that throws, leaves the admin without, and the next start shows another.
 */
export async function showFirstAdmin(
  { database }: Pick<Services, "database">,
  made: FirstAdmin | null,
  show: (admin: FirstAdmin | null) => void,
): Promise<void> {
  if (made !== null) return show(made);
  const [admin] = await database.query<{ id: string }>(findStatement, [unknownPasswordHash]);
  if (admin === undefined) return show(null);
  const password = randomBytes(passwordBytes).toString("base64url");
  const passwordHash = await hashPassword(password);
  const isShown = await database.transaction(async (transaction) => {
    await transaction.query(lockStatement, []);
    const parameters = [admin.id, unknownPasswordHash, passwordHash];
    const [updated] = await transaction.query<{ email: string }>(updateStatement, parameters);
    if (updated !== undefined) show({ email: updated.email, password });
    return updated !== undefined;
  });
  // Another process was faster.
  if (!isShown) show(null);
}

const findStatement: Statement = {
  name: "find-admin-without-password",
  text: "SELECT id FROM agents WHERE role = 'ADMIN' AND removed_at IS NULL AND password_hash = $1",
};

// A sign-in immediately after the password is shown waits until it is stored.
const lockStatement: Statement = {
  name: "lock-agents",
  text: "LOCK TABLE agents IN ACCESS EXCLUSIVE MODE",
};

const updateStatement: Statement = {
  name: "set-first-admin-password",
  text: "UPDATE agents SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING email",
};
