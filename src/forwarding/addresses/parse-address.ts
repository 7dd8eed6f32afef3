import { badUserInput } from "../../errors.js";
import type { Json } from "../../json.js";
import type { Services } from "../../services.js";
import type { KnownAddress } from "../../visitors/visitor.entity.js";

// A longer address might not fit into the index of suppressed addresses (2,704 bytes; a character takes up to four).
const maxJsonLength = 600;
// What jsonb rejects: NUL and lone surrogates, as JSON.stringify escapes them (well-formed since ES2019).
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/**
 * An address in the form that its channel stores, checked by the channel's own schema.
 * @throws BAD_USER_INPUT when the channel is not installed or rejects the address, with `field`, followed by the path of
 * the first invalid part of an address that has several
 */
export function parseAddress(services: Services, channelId: string, field: string, value: unknown): Json {
  const plugin = services.channels.get(channelId)?.plugin;
  if (plugin === undefined)
    throw badUserInput(field, `The channel "${channelId}" is not installed: add it to CHANNELS.`);
  const parsed = plugin.address.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    const path = first?.path.map(String) ?? [];
    const problems = parsed.error.issues.map((issue) =>
      [issue.path.join("."), issue.message].filter(Boolean).join(" "),
    );
    throw badUserInput([field, ...path].join("."), problems.join("; ") || "The address is not valid.");
  }
  const json = JSON.stringify(parsed.data);
  if (json.length > maxJsonLength)
    throw badUserInput(field, `An address may have at most ${maxJsonLength} characters.`);
  if (unstorable.test(json)) throw badUserInput(field, "An address must not contain NUL or lone surrogates.");
  return parsed.data as Json;
}

/** An address with the text that shows it to people. */
export function knownAddress(services: Services, channelId: string, address: Json): KnownAddress {
  return {
    address,
    shown: services.channels.get(channelId)?.plugin.describeAddress(address) ?? JSON.stringify(address),
  };
}
