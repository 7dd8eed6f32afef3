import type { DeliveryName } from "afterchat/channel";
import type { MailHeaders } from "./mail-headers.js";

/** Afterchat looks up as many. */
const maxNames = 50;

/**
 * The Message-IDs that a mail answers, the one meant most first: In-Reply-To, then References from the newest to the
 * oldest. Malformed ones are read as far as they can be: without brackets, joined by commas.
 */
export function answeredNames(headers: MailHeaders): readonly DeliveryName[] {
  const references = headers.all("references").flatMap(messageIds).reverse();
  return namesOf([...headers.all("in-reply-to").flatMap(messageIds), ...references]);
}

/** Names of deliveries, each once. */
export function namesOf(ids: readonly string[]): readonly DeliveryName[] {
  return [...new Set(ids)].slice(0, maxNames).map((externalId) => {
    // Whatever domain it has: EMAIL_FROM may have been another then, and 80 random bits are nobody's guess.
    const reference = /^<([a-z2-7]{16})@/i.exec(externalId)?.[1];
    return reference === undefined ? { externalId } : { externalId, reference: reference.toLowerCase() };
  });
}

/** The Message-IDs in a header's value, in angle brackets, in their order. */
export function messageIds(value: string): readonly string[] {
  const bracketed = value.match(/<[^<>\s]{1,900}>/g);
  if (bracketed !== null) return bracketed;
  return value
    .split(/[\s,;<>]+/)
    .filter((word) => word.length <= 900 && /^[^@]+@[^@]+$/.test(word))
    .map((word) => `<${word}>`);
}
