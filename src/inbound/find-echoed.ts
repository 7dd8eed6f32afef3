import { attachmentsPath } from "../attachments/attachment-url.js";
import type { InboundReply } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import type { Applying } from "./event-outcome.js";

/** A delivery of ours that a vendor's report of a reply turns out to be; `part`: more of it may have to be sent. */
export interface Echoed {
  readonly deliveryId: string;
  readonly extent: "whole" | "part";
}

interface Candidate {
  readonly id: string;
  readonly known: boolean;
  readonly text: string;
  readonly files: boolean;
}

/** An unclear sending this long ago has been looked after by a person. */
const unclearForMs = 24 * 3_600_000;

/**
 * Whether a reply from outside is what Afterchat sent: by the vendor's id, or, while that is not known, by the words of a
 * delivery that was tried and has no good end. The caller has locked the conversation.
 */
export async function findEchoed(
  { services, transaction, channelId }: Applying,
  conversationId: string,
  { externalId, text, at }: InboundReply,
): Promise<Echoed | null> {
  const candidates = await transaction.query<Candidate>(candidatesStatement, [
    channelId,
    conversationId,
    JSON.stringify([externalId]),
    new Date(at.getTime() - unclearForMs),
  ]);
  return matchEcho(candidates, text, `${services.config.publicUrl.replace(/\/+$/, "")}${attachmentsPath}/`);
}

/** Pure: the first of the candidates that says the same; `filesUrl`: how links to files of ours begin. */
export function matchEcho(candidates: readonly Candidate[], text: string, filesUrl: string): Echoed | null {
  const known = candidates.find((candidate) => candidate.known);
  if (known !== undefined) return { deliveryId: known.id, extent: "whole" };
  const said = translationsOf(text);
  const whole = candidates.find(
    (candidate) => !candidate.files && said !== "" && translationsOf(candidate.text) === said,
  );
  if (whole !== undefined) return { deliveryId: whole.id, extent: "whole" };
  // A file that the channel does not take goes as a link in a text of its own.
  const isFile = said === "" || said.includes(filesUrl);
  const part = candidates.find(({ files, text: ours }) => (isFile ? files : translationsOf(ours).includes(said)));
  return part === undefined ? null : { deliveryId: part.id, extent: "part" };
}

// Vendors trim, and change line ends.
function translationsOf(text: string): string {
  return text.normalize().replace(/\s+/gu, " ").trim();
}

const candidatesStatement: Statement = {
  name: "deliveries-that-may-be-echoed",
  text: `
    SELECT deliveries.id, deliveries.external_ids @> $3::jsonb AS known, messages.text,
      messages.attachments IS NOT NULL AS files
    FROM deliveries JOIN messages ON messages.id = deliveries.message_id
    WHERE deliveries.conversation_id = $2 AND deliveries.channel = $1 AND deliveries.kind = 'DIRECT'
      AND (deliveries.external_ids @> $3::jsonb OR (deliveries.first_attempt_at IS NOT NULL AND (
        deliveries.status IN ('QUEUED', 'SENDING')
        OR (deliveries.status = 'UNCERTAIN' AND deliveries.finished_at > $4))))
    ORDER BY deliveries.message_position`,
};
