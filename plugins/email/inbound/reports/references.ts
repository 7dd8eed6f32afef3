import { addressTokens } from "../find-signed-ids.js";
import type { MailHeaders } from "../mail-headers.js";
import { parseMessageIds } from "../message-ids.js";

/** What a report says about which email it is about. */
export interface References {
  /** Without duplicates, in the order of the report. */
  readonly messageIds: readonly string[];
  /** What may be signed tokens in the addresses that it names. */
  readonly tokens: readonly string[];
}

/** Fields of a report, or of the returned email, that refer to the delivery. */
const messageIdFields = ["message-id", "original-message-id", "in-reply-to", "references", "x-original-message-id"];
const addressFields = ["original-mail-from", "return-path", "x-failed-recipients"];
/** The maximum that Afterchat looks up. */
const maxMessageIds = 50;

/** @param headers of the report, of its parts and of the returned email, the most reliable first */
export function referencesOf(headers: readonly MailHeaders[]): References {
  const ids = headers.flatMap((fields) => messageIdFields.flatMap((name) => fields.all(name).flatMap(parseMessageIds)));
  const addresses = headers.flatMap((fields) => addressFields.flatMap((name) => fields.all(name)));
  return { messageIds: [...new Set(ids)].slice(0, maxMessageIds), tokens: addressTokens(addresses) };
}
