import type { Services } from "../services.js";
import { DeliveryKind } from "./deliveries/delivery.entity.js";
import { chooseContent } from "./due/content.js";
import { decideForwarding, isSettling, listTriggers } from "./due/due.js";
import {
  type ConversationFacts,
  chosenAddress,
  disclosureOf,
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
    ...contentOf(facts, situation, decision.state),
    heldAt: decision.state === ForwardingState.HELD ? facts.heldAt : null,
    heldBy: decision.state === ForwardingState.HELD ? facts.heldBy : null,
    deliveryId: withDelivery.has(decision.state) ? facts.shownDeliveryId : null,
    suppressedAddress: decision.state === ForwardingState.ADDRESS_SUPPRESSED ? chosenAddress(facts, situation) : null,
    settling: decision.state === ForwardingState.WAITING && !isTooOld && isSettling(decidedBy, now),
    asOf: now,
  });
}

const withDelivery: ReadonlySet<ForwardingState> = new Set([
  ForwardingState.SENDING,
  ForwardingState.FAILED,
  ForwardingState.UNCERTAIN,
]);

/** What would be sent of the conversation, to the address that would be chosen; without one, as to an address that is proven. */
function contentOf(
  facts: ConversationFacts,
  situation: ForwardingSituation,
  state: ForwardingState,
): Pick<Forwarding, "kind" | "context"> {
  const { id: conversationId, carriedPositions: carried, messageCount } = facts;
  const [firstPosition, lastPosition] = [carried[0], carried.at(-1)];
  const isNothing = state === ForwardingState.NOTHING_PENDING || state === ForwardingState.DISABLED;
  if (isNothing || firstPosition === undefined || lastPosition === undefined) return { kind: null, context: null };
  const address = chosenAddress(facts, situation);
  const disclosure = address === null ? "everything" : disclosureOf(facts, situation, address);
  const content = chooseContent(situation.preference, disclosure, messageCount, { firstPosition, lastPosition });
  const { kind, fromPosition, toPosition } = content;
  if (kind === DeliveryKind.NOTICE) return { kind, context: null };
  const withholdsVisitor = disclosure !== "everything";
  return { kind, context: { conversationId, fromPosition, toPosition, carried, withholdsVisitor } };
}
