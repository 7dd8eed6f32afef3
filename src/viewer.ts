import type { AgentRole } from "./agents/agent.entity.js";

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
