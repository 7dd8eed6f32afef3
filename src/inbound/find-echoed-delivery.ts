import { attachmentsPath } from "../attachments/attachment-url.js";
import type { InboundReply } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import { normalizeText } from "../normalize-text.js";
import type { EventContext } from "./event-context.js";

/** The delivery whose echo a reply from the vendor turns out to be; `part`: more of it may still have to be sent. */
export interface EchoedDelivery {
  readonly deliveryId: string;
  readonly extent: "whole" | "part";
}

interface Candidate {
  readonly id: string;
  readonly hasSameExternalId: boolean;
  readonly text: string;
  readonly hasFiles: boolean;
}

/** A delivery that has been UNCERTAIN for longer than this is assumed to have been handled by an agent. */
const uncertainForMs = 24 * 3_600_000;

/**
 * The delivery that a reply from the vendor echoes, if Afterchat sent it: matched by the vendor's id or, while that is
 * unknown, by the text of a delivery that was attempted and is not known to be sent. The caller has locked the
 * conversation.
 */
export async function findEchoedDelivery(
  { services, transaction, channelId }: EventContext,
  conversationId: string,
  { externalId, text, at }: InboundReply,
): Promise<EchoedDelivery | null> {
  const candidates = await transaction.query<Candidate>(candidatesStatement, [
    channelId,
    conversationId,
    JSON.stringify([externalId]),
    new Date(at.getTime() - uncertainForMs),
  ]);
  return matchEcho(candidates, text, `${services.config.publicUrl.replace(/\/+$/, "")}${attachmentsPath}/`);
}

/** Pure: the first candidate with the same id or text. `filesUrl`: the prefix of links to Afterchat's attachments. */
export function matchEcho(candidates: readonly Candidate[], text: string, filesUrl: string): EchoedDelivery | null {
  const identified = candidates.find((candidate) => candidate.hasSameExternalId);
  if (identified !== undefined) return { deliveryId: identified.id, extent: "whole" };
  const echoed = comparable(text);
  const whole = candidates.find(
    (candidate) => !candidate.hasFiles && echoed !== "" && comparable(candidate.text) === echoed,
  );
  if (whole !== undefined) return { deliveryId: whole.id, extent: "whole" };
  // A file that the channel cannot send is sent as a link in a text message of its own.
  const isFile = echoed === "" || echoed.includes(filesUrl);
  const part = candidates.find(({ hasFiles, text: sent }) => (isFile ? hasFiles : comparable(sent).includes(echoed)));
  return part === undefined ? null : { deliveryId: part.id, extent: "part" };
}

// Vendors trim text and change line endings.
function comparable(text: string): string {
  return normalizeText(text, "NFC").replace(/\s+/gu, " ").trim();
}

const candidatesStatement: Statement = {
  name: "list-echo-candidates",
  text: `
    SELECT deliveries.id, deliveries.external_ids @> $3::jsonb AS has_same_external_id, messages.text,
      messages.attachments IS NOT NULL AS has_files
    FROM deliveries JOIN messages ON messages.id = deliveries.message_id
    WHERE deliveries.conversation_id = $2 AND deliveries.channel = $1 AND deliveries.kind = 'DIRECT'
      AND (deliveries.external_ids @> $3::jsonb OR (deliveries.first_attempt_at IS NOT NULL AND (
        deliveries.status IN ('QUEUED', 'SENDING')
        OR (deliveries.status = 'UNCERTAIN' AND deliveries.finished_at > $4))))
    ORDER BY deliveries.message_position`,
};
