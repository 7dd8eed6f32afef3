const hourMs = 3_600_000;
const everybodysMs = 24 * hourMs;
const peoplesMs = 7 * 24 * hourMs;

export type Writer = "human" | "bot";

/** As what a reply may be sent now. */
export type Permission =
  /** To what the visitor wrote: within 24 hours of it. */
  | { readonly kind: "response" }
  /** By a person only, within 7 days; Meta must have reviewed the app for it. */
  | { readonly kind: "human-agent" }
  /** Until they write again. */
  | { readonly kind: "closed"; readonly closedAt: Date };

/**
 * Pure: what Meta's window allows. Without a known last message Meta is asked, as for a response.
 * @see https://developers.facebook.com/docs/messenger-platform/policy/policy-overview
 */
export function findPermission(lastInboundAt: Date | null, writer: Writer, now: Date): Permission {
  if (lastInboundAt === null) return { kind: "response" };
  const agoMs = now.getTime() - lastInboundAt.getTime();
  if (agoMs < everybodysMs) return { kind: "response" };
  if (writer === "human" && agoMs < peoplesMs) return { kind: "human-agent" };
  return {
    kind: "closed",
    closedAt: new Date(lastInboundAt.getTime() + (writer === "human" ? peoplesMs : everybodysMs)),
  };
}

/** For agents: since when, and why nothing helps but waiting for the visitor. */
export function describeClosed(closedAt: Date, writer: Writer, channelName: string): string {
  const whose = writer === "human" ? "7 days for people's replies" : "24 hours for bots' replies";
  const date = closedAt.toISOString().slice(0, 16).replace("T", " ");
  return `${channelName}'s window (${whose}) closed on ${date} UTC; it opens when the visitor writes again`;
}
