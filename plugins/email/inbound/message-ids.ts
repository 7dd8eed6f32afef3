import type { DeliveryName } from "afterchat/channel";
import type { MailHeaders } from "./mail-headers.js";

/** The maximum that Afterchat looks up. */
const maxNames = 50;

/**
 * The emails that an email answers, most specific first: In-Reply-To, then References from newest to oldest. Malformed
 * values are read as far as possible: without brackets, or separated by commas.
 */
export function answeredNames(headers: MailHeaders): readonly DeliveryName[] {
  const references = headers.all("references").flatMap(parseMessageIds).reverse();
  return deliveryNames([...headers.all("in-reply-to").flatMap(parseMessageIds), ...references]);
}

/** The deliveries that Message-IDs may refer to, without duplicates. */
export function deliveryNames(ids: readonly string[]): readonly DeliveryName[] {
  return [...new Set(ids)].slice(0, maxNames).map((externalId) => {
    // Whatever the domain is: EMAIL_FROM may have changed since, and 80 random bits cannot be guessed.
    const reference = /^<([a-z2-7]{16})@/i.exec(externalId)?.[1];
    return reference === undefined ? { externalId } : { externalId, reference: reference.toLowerCase() };
  });
}

/** The Message-IDs in a header's value, with angle brackets, in order. */
export function parseMessageIds(value: string): readonly string[] {
  const bracketed = value.match(/<[^<>\s]{1,900}>/g);
  if (bracketed !== null) return bracketed;
  return value
    .split(/[\s,;<>]+/)
    .filter((word) => word.length <= 900 && /^[^@]+@[^@]+$/.test(word))
    .map((word) => `<${word}>`);
}
