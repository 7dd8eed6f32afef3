import { v7, validate } from "uuid";
import type { ChannelPreview, MessagePreview, Outbound } from "../../channels/channel.js";
import { findConversation } from "../../conversations/find-conversation.js";
import type { Transaction } from "../../database/database.js";
import { conflict, notFound } from "../../errors.js";
import type { Services } from "../../services.js";
import type { AgentViewer } from "../../viewer.js";
import { createReference } from "../deliveries/create-reference.js";
import { Delivery, DeliveryKind } from "../deliveries/delivery.entity.js";
import type { DeliveryPayload, QueuedDelivery } from "../deliveries/delivery-payload.js";
import { readPreviewOutbound } from "../deliveries/read-outbounds.js";
import { chooseContent } from "../due/content.js";
import {
  type ConversationFacts,
  chosenAddress,
  disclosureOf,
  type Query,
  readConversationFacts,
  readSituation,
} from "../due/read-facts.js";
import { ForwardingState } from "../forwarding.js";
import { forwardingNotPossible } from "../forwarding-not-possible.js";
import { ForwardingMode, type ForwardingPreference } from "../forwarding-preference.entity.js";
import { checkPreference, type PreferenceInput } from "../update-preference.js";
import { madeUpOutbound } from "./made-up-outbound.js";

const emailChannel = "email";

export interface PreviewRequest {
  /** Null: of a conversation that is made up. */
  readonly conversationId: string | null;
  /** With these changes of the preference, which are not stored; null: as it is. */
  readonly preference: PreferenceInput | null;
}

type PreviewOutbound = Omit<Outbound, "saveProgress">;

/**
 * The email that would be sent now, by the code that makes it: to the address that would be chosen, with the content that the
 * preference and the address allow.
 * @throws NOT_FOUND; DELIVERY_NOT_POSSIBLE when nothing is pending, or the mode is NOTHING; CONFLICT when there is no email channel;
 * BAD_USER_INPUT for a field of the preference
 */
export async function previewEmail(
  services: Services,
  viewer: AgentViewer,
  request: PreviewRequest,
  agentName: string,
): Promise<MessagePreview> {
  const preview = requirePreview(services);
  return preview.render(withoutProgress(await readRequested(services, viewer, request, agentName)));
}

/** @throws what `previewEmail` throws */
export async function readRequested(
  services: Services,
  viewer: AgentViewer,
  { conversationId, preference: changes }: PreviewRequest,
  agentName: string,
): Promise<PreviewOutbound> {
  if (changes !== null) checkPreference(changes);
  const now = services.clock.now();
  if (conversationId === null) {
    const { preference } = await readSituation(services, services.database.query.bind(services.database), now);
    const changed = withChanges(preference, changes);
    requireForwarding(changed);
    return madeUpOutbound(services, changed, agentName);
  }
  if (!validate(conversationId) || (await findConversation(services, viewer, conversationId)) === null)
    throw notFound("conversation");
  return services.database.transaction(async (transaction) => {
    const situation = await readSituation(services, transaction.query, now);
    const preference = withChanges(situation.preference, changes);
    requireForwarding(preference);
    const facts = await requireFacts(transaction.query, conversationId);
    const { carriedPositions: carried, messageCount } = facts;
    const [firstPosition, lastPosition] = [carried[0], carried.at(-1)];
    if (firstPosition === undefined || lastPosition === undefined)
      throw forwardingNotPossible(ForwardingState.NOTHING_PENDING);
    const address = chosenAddress(facts, situation);
    const disclosure = address === null ? "everything" : disclosureOf(facts, { preference }, address);
    const content = chooseContent(preference, disclosure, messageCount, { firstPosition, lastPosition });
    return readPreviewOutbound(services, transaction, {
      delivery: ofNoDelivery(facts, content.kind, address?.address ?? null),
      conversation: facts,
      carried,
      ...content,
      withholdsVisitor: disclosure !== "everything",
    });
  });
}

/**
 * The email of a delivery that was tried, made again from what it carried; null if it was never tried, is of another channel, or its
 * visitor was erased.
 */
export async function previewDelivery(services: Services, delivery: Delivery): Promise<MessagePreview | null> {
  const { fromPosition, toPosition, conversationId, channel, kind, withholdsVisitor } = delivery;
  const preview = services.channels.get(channel)?.connection?.preview;
  if (channel !== emailChannel || preview === undefined || fromPosition === null || toPosition === null) return null;
  const outbound = await services.database.transaction(async (transaction) => {
    const facts = await requireFacts(transaction.query, conversationId);
    if (facts.erasedAt !== null) return null;
    const carried = await readCarried(transaction, delivery.id);
    const queued = { ...delivery, channelPausedMs: 0 };
    const payload: DeliveryPayload = {
      ...{ delivery: queued, conversation: facts, kind, carried, fromPosition, toPosition, withholdsVisitor },
    };
    return readPreviewOutbound(services, transaction, payload);
  });
  return outbound === null ? null : preview.render(withoutProgress(outbound));
}

/** @throws CONFLICT without an email channel that is set up */
export function requirePreview(services: Services): ChannelPreview {
  const preview = services.channels.get(emailChannel)?.connection?.preview;
  if (preview === undefined) throw conflict("The channel email is not set up: see its settings in the query channels.");
  return preview;
}

/** Nothing is sent, so there is no progress to keep. */
export function withoutProgress(outbound: PreviewOutbound): Outbound {
  return { ...outbound, saveProgress: () => Promise.resolve() };
}

function withChanges(preference: ForwardingPreference, changes: PreferenceInput | null): ForwardingPreference {
  const given = Object.entries(changes ?? {}).filter(([, value]) => value != null);
  return Object.assign(Object.create(Object.getPrototypeOf(preference)), preference, Object.fromEntries(given));
}

function requireForwarding({ mode }: ForwardingPreference): void {
  if (mode === ForwardingMode.NOTHING) throw forwardingNotPossible(ForwardingState.DISABLED);
}

async function requireFacts(query: Query, conversationId: string): Promise<ConversationFacts> {
  const [facts] = await readConversationFacts(query, [conversationId]);
  if (facts === undefined) throw notFound("conversation");
  return facts;
}

async function readCarried(transaction: Transaction, deliveryId: string): Promise<readonly number[]> {
  const rows = await transaction.query<{ readonly position: number }>(carriedStatement, [deliveryId]);
  return rows.map(({ position }) => position);
}

const carriedStatement = {
  name: "positions-of-delivery",
  text: "SELECT position FROM delivery_messages WHERE delivery_id = $1 ORDER BY position",
};

function ofNoDelivery(
  { id }: ConversationFacts,
  kind: DeliveryKind,
  address: QueuedDelivery["address"],
): QueuedDelivery {
  return {
    id: v7(),
    conversationId: id,
    channel: emailChannel,
    ...{ kind, address },
    reference: createReference(),
    attempts: 0,
    firstAttemptAt: null,
    pausedMsAtFirstAttempt: 0,
    channelPausedMs: 0,
    frozenAt: null,
    fromPosition: null,
    toPosition: null,
    withholdsVisitor: false,
    progress: null,
    messagePosition: null,
  };
}
