import { forbidden, unauthenticated } from "./errors.js";

/** What an agent may do: only an ADMIN changes preferences and agents. */
export enum AgentRole {
  AGENT = "AGENT",
  ADMIN = "ADMIN",
}

/** Whoever a token belongs to: what every permission is decided by. */
export type Viewer = VisitorViewer | AgentViewer;

export interface VisitorViewer {
  readonly kind: "visitor";
  readonly sessionId: string;
  readonly visitorId: string;
  /** A guest, come by the link in an email, sees this one conversation only; null for a full session. */
  readonly guestOf: string | null;
}

export interface AgentViewer {
  readonly kind: "agent";
  readonly sessionId: string;
  readonly agentId: string;
  readonly role: AgentRole;
}

/** Whatever knows who is asking; null without a token. */
interface Viewed {
  readonly viewer: Viewer | null;
}

/** @throws UNAUTHENTICATED without a token */
export function requireViewer({ viewer }: Viewed): Viewer {
  if (viewer === null) throw unauthenticated("Send a token: 'Authorization: Bearer …'.");
  return viewer;
}

/** @throws UNAUTHENTICATED without a token, FORBIDDEN for an agent */
export function requireVisitor(viewed: Viewed): VisitorViewer {
  const viewer = requireViewer(viewed);
  if (viewer.kind !== "visitor") throw forbidden("Only a visitor may do this.");
  return viewer;
}

/** @throws UNAUTHENTICATED without a token, FORBIDDEN for a visitor */
export function requireAgent(viewed: Viewed): AgentViewer {
  const viewer = requireViewer(viewed);
  if (viewer.kind !== "agent") throw forbidden("Only an agent may do this.");
  return viewer;
}

/** True for a visitor who must not see their own address in full. */
export function isGuest(viewer: Viewer | null): boolean {
  return viewer?.kind === "visitor" && viewer.guestOf !== null;
}
