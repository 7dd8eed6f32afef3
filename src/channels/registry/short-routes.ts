/** First path segments that the server itself uses. */
const reservedSegments: readonly string[] = [
  "graphql",
  "health",
  "ready",
  "metrics",
  "webhooks",
  "channels",
  "attachments",
  "originals",
];

/** Why a channel may not use a path segment as a short route; null when it may. */
export function shortRouteFault(segment: string): string | null {
  if (reservedSegments.includes(segment)) return `/${segment} is reserved: choose another first segment`;
  if (!/^[a-z0-9][a-z0-9-]*(?:\.[a-z0-9]+)?$/.test(segment)) {
    return "must be one segment of lower-case letters, digits and hyphens, perhaps with an extension";
  }
  return null;
}
