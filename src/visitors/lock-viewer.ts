import { lockAgent } from "../agents/lock-agent.js";
import type { Transaction } from "../database/database.js";
import type { Viewer } from "../viewer.js";
import { lockVisitor } from "./lock-visitor.js";

/** Locks the viewer's row and returns its id; null for an agent who was removed, and for a visitor who was erased or blocked. */
export async function lockViewer(transaction: Transaction, viewer: Viewer): Promise<string | null> {
  if (viewer.kind === "agent") return (await lockAgent(transaction, viewer.agentId))?.id ?? null;
  // Returns the id of the joined visitor if the viewer's has become an alias.
  const visitor = await lockVisitor(transaction, viewer.visitorId);
  return visitor === null || visitor.erasedAt !== null || visitor.blockedAt !== null ? null : visitor.id;
}
