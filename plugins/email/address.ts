import { domainToASCII } from "node:url";
import { z } from "zod";
import { trimCharacters } from "./trim-characters.js";

/** RFC 5321 section 4.5.3.1 (254: RFC 3696, erratum 1690). */
const MAX_ADDRESS_LENGTH = 254;
export const MAX_LOCAL_PART_LENGTH = 64;
/** Before the conversion to ASCII, which can shorten a domain name. */
const MAX_UNICODE_LENGTH = 1_000;

/** dot-atom of RFC 5322 section 3.2.3; quoted local parts are valid but rejected, since no real mailbox needs them. */
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const DOMAIN_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Letters and digits of any script, hyphens and dots; other characters of URL hosts are not part of domain names. */
const DOMAIN_CHARACTERS = /^[\p{L}\p{M}\p{N}.\u3002-]+$/u;

const TOO_LONG = `must have at most ${MAX_ADDRESS_LENGTH} characters`;

export type ParsedAddress =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly problem: string };

/**
 * Parses exactly one address as defined by RFC 5321: no list, name, comment or quotes. Spaces around it are removed,
 * the domain is lower-cased, and an internationalized one is converted to Punycode. A domain without a dot, such as
 * `localhost`, is accepted for development.
 */
export function parseEmailAddress(text: string): ParsedAddress {
  const address = trimCharacters(text, (character) => " \t\u00a0".includes(character));
  if (address.length > MAX_UNICODE_LENGTH) return refuse(TOO_LONG);
  const at = address.lastIndexOf("@");
  if (at < 1) return refuse("must be an email address, such as name@example.com");
  const localPart = address.slice(0, at);
  // nodemailer sends a UTF-8 local part even to servers without SMTPUTF8, with unpredictable results.
  if (/[^\0-\x7f]/.test(localPart)) return refuse("must contain only ASCII characters before the @ sign");
  if (!LOCAL_PART.test(localPart))
    return refuse("must be a single address, such as name@example.com, without a name or quotes");
  if (localPart.length > MAX_LOCAL_PART_LENGTH) return refuse("must have at most 64 characters before the @ sign");
  const domain = parseDomain(address.slice(at + 1));
  if (domain === null) return refuse("must have a domain name after the @ sign");
  const whole = `${localPart}@${domain}`;
  if (whole.length > MAX_ADDRESS_LENGTH) return refuse(TOO_LONG);
  return { ok: true, address: whole };
}

/** A domain name in lower-case ASCII, or `null` for anything else, an IP address included. */
export function parseDomain(text: string): string | null {
  if (text.length > MAX_UNICODE_LENGTH || !DOMAIN_CHARACTERS.test(text)) return null;
  const domain = domainToASCII(text).toLowerCase();
  const labels = domain.split(".");
  if (domain.length > 253 || !labels.every((label) => DOMAIN_LABEL.test(label))) return null;
  return /^\d+$/.test(labels.at(-1) ?? "") ? null : domain;
}

/** For `EMAIL_FROM` and visitors' addresses: a string that `parseEmailAddress` accepts, in canonical form. */
export const emailAddress = z.string().transform((text, context) => {
  const parsed = parseEmailAddress(text);
  if (parsed.ok) return parsed.address;
  context.addIssue({ code: "custom", message: parsed.problem });
  return z.NEVER;
});

export function splitAddress(address: string): { readonly localPart: string; readonly domain: string } {
  const at = address.lastIndexOf("@");
  return { localPart: address.slice(0, at), domain: address.slice(at + 1) };
}

function refuse(problem: string): ParsedAddress {
  return { ok: false, problem };
}
