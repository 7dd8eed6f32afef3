const hourMs = 3_600_000;
const responseWindowMs = 24 * hourMs;
const humanAgentWindowMs = 7 * 24 * hourMs;

export type Writer = "human" | "bot";

/** How a reply may be sent at a given time. */
export type Permission =
  /** As a response, within 24 hours of the visitor's last message. */
  | { readonly kind: "response" }
  /** Only by a person, within 7 days; the app needs a permission that Meta grants after a review. */
  | { readonly kind: "human-agent" }
  /** Not until the visitor writes again. */
  | { readonly kind: "closed"; readonly closedAt: Date };

/**
 * Pure: what Meta's reply window permits. If the visitor's last message is unknown, a response is tried and Meta
 * decides.
 * @see https://developers.facebook.com/docs/messenger-platform/policy/policy-overview
 */
export function findPermission(lastInboundAt: Date | null, writer: Writer, now: Date): Permission {
  if (lastInboundAt === null) return { kind: "response" };
  const agoMs = now.getTime() - lastInboundAt.getTime();
  if (agoMs < responseWindowMs) return { kind: "response" };
  if (writer === "human" && agoMs < humanAgentWindowMs) return { kind: "human-agent" };
  return {
    kind: "closed",
    closedAt: new Date(lastInboundAt.getTime() + (writer === "human" ? humanAgentWindowMs : responseWindowMs)),
  };
}

/** For agents: when the window closed, and that only the visitor can open it again. */
export function describeClosed(closedAt: Date, writer: Writer, channelName: string): string {
  const length = writer === "human" ? "7 days for agents' replies" : "24 hours for bots' replies";
  const date = closedAt.toISOString().slice(0, 16).replace("T", " ");
  return `${channelName}'s reply window (${length}) closed on ${date} UTC; it reopens when the visitor writes again`;
}
