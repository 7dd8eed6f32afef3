import { forbidden, unauthenticated } from "./errors.js";

/** What an agent may do: only an ADMIN changes preferences and agents. */
export enum AgentRole {
  AGENT = "AGENT",
  ADMIN = "ADMIN",
}

/** Who a token belongs to: the basis of every permission. */
export type Viewer = VisitorViewer | AgentViewer;

export interface VisitorViewer {
  readonly kind: "visitor";
  readonly sessionId: string;
  readonly visitorId: string;
  /** The only conversation that a guest, who came by the link in an email, may see; null for a full session. */
  readonly guestOf: string | null;
}

export interface AgentViewer {
  readonly kind: "agent";
  readonly sessionId: string;
  readonly agentId: string;
  readonly role: AgentRole;
}

/** Anything that knows the viewer; null without a token. */
interface HasViewer {
  readonly viewer: Viewer | null;
}

/** @throws UNAUTHENTICATED without a token */
export function requireViewer({ viewer }: HasViewer): Viewer {
  if (viewer === null) throw unauthenticated("Send a token: 'Authorization: Bearer …'.");
  return viewer;
}

/** @throws UNAUTHENTICATED without a token, FORBIDDEN for an agent */
export function requireVisitor(context: HasViewer): VisitorViewer {
  const viewer = requireViewer(context);
  if (viewer.kind !== "visitor") throw forbidden("Only a visitor may do this.");
  return viewer;
}

/** @throws UNAUTHENTICATED without a token, FORBIDDEN for a visitor */
export function requireAgent(context: HasViewer): AgentViewer {
  const viewer = requireViewer(context);
  if (viewer.kind !== "agent") throw forbidden("Only an agent may do this.");
  return viewer;
}

/** True for a visitor who must not see their own address in full. */
export function isGuest(viewer: Viewer | null): boolean {
  return viewer?.kind === "visitor" && viewer.guestOf !== null;
}
