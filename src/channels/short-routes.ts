/** The first segments of the server's own paths. */
const ownSegments: readonly string[] = [
  "graphql",
  "health",
  "ready",
  "metrics",
  "webhooks",
  "channels",
  "attachments",
  "originals",
];

/** Why a first path segment may not be a channel's; null: it may. */
export function shortRouteFault(segment: string): string | null {
  if (ownSegments.includes(segment)) return `/${segment} is the server's own: choose another first segment`;
  if (!/^[a-z0-9][a-z0-9-]*$/.test(segment)) return "must be one segment of lower-case letters, digits and hyphens";
  return null;
}
