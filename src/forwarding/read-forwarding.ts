import type { Services } from "../services.js";
import { decideForwarding, isSettling, listTriggers } from "./due/due.js";
import {
  type ConversationFacts,
  dueFacts,
  type ForwardingSituation,
  readConversationFacts,
  readSituation,
  refusalOf,
  shownAddress,
} from "./due/read-facts.js";
import { Forwarding, ForwardingState, TriggerOutlook } from "./forwarding.js";

/**
 * What happens next to the replies of conversations, in the order of `conversationIds`: decided by due.ts with the current
 * facts, which are read for all of them in one query.
 */
export async function readForwardings(services: Services, conversationIds: readonly string[]): Promise<Forwarding[]> {
  const query = services.database.query.bind(services.database);
  const now = services.clock.now();
  const situation = await readSituation(services, query, now);
  const facts = new Map((await readConversationFacts(query, conversationIds)).map((row) => [row.id, row]));
  return conversationIds.map((id) => {
    const found = facts.get(id);
    if (found === undefined) throw new Error("A conversation that was just read is gone.");
    return toForwarding(found, situation, now);
  });
}

function toForwarding(facts: ConversationFacts, situation: ForwardingSituation, now: Date): Forwarding {
  const decidedBy = dueFacts(facts, situation);
  const decision = decideForwarding(decidedBy, now);
  const address = shownAddress(facts, situation);
  const due = "due" in decision ? decision.due : null;
  const isTooOld = "due" in decision && decision.due === null;
  const triggers = listTriggers(decidedBy).map(({ trigger, at, since, delaySeconds }) =>
    Object.assign(new TriggerOutlook(), { trigger, dueAt: isTooOld ? null : at, since, delaySeconds }),
  );
  return Object.assign(new Forwarding(), {
    state: decision.state,
    dueAt: due?.at ?? null,
    trigger: due?.trigger ?? null,
    channel: address?.channel ?? null,
    address: address?.shown ?? null,
    pendingReplies: facts.pendingReplies,
    refusal: refusalOf(facts),
    triggers,
    settling: decision.state === ForwardingState.WAITING && !isTooOld && isSettling(decidedBy, now),
    asOf: now,
  });
}
