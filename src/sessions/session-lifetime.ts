import type { StoredSessionKind } from "./session.entity.js";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How long a session lasts after its last use. A guest's lasts as long as the link that opened it was valid. */
export function sessionLifetimeMs(kind: StoredSessionKind): number {
  switch (kind) {
    case "VISITOR":
      return 365 * dayMs;
    case "GUEST":
      return 30 * dayMs;
    case "AGENT":
      return 12 * hourMs;
  }
}

/** Sessions are extended at most once per 1/24 of their lifetime, so that not every request writes a row. */
export function isExtensionDue(
  session: { readonly kind: StoredSessionKind; readonly expiresAt: Date },
  now: Date,
): boolean {
  const lifetimeMs = sessionLifetimeMs(session.kind);
  return session.expiresAt.getTime() - now.getTime() < lifetimeMs - lifetimeMs / 24;
}
