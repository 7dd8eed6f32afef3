import { badUserInput } from "../../errors.js";
import type { Json } from "../../json.js";
import type { Services } from "../../services.js";
import type { KnownAddress } from "../../visitors/visitor.entity.js";

// Beyond it, the index of suppressed addresses could not hold it (2,704 bytes, four to a character at most).
const maxJson = 600;
// What jsonb refuses: NUL, and halves of surrogate pairs, as JSON.stringify writes them (well-formed since ES2019).
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/**
 * An address in the form that its channel stores, checked by the channel's own schema.
 * @throws BAD_USER_INPUT when the channel is not installed or refuses the address, with `field`, and within an address of
 * several parts the path of the first that is at fault
 */
export function parseAddress(services: Services, channelId: string, field: string, value: unknown): Json {
  const plugin = services.channels.get(channelId)?.plugin;
  if (plugin === undefined) throw badUserInput(field, `There is no channel "${channelId}" here: add it to CHANNELS.`);
  const parsed = plugin.address.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    const path = first?.path.map(String) ?? [];
    const problems = parsed.error.issues.map((issue) =>
      [issue.path.join("."), issue.message].filter(Boolean).join(" "),
    );
    throw badUserInput([field, ...path].join("."), problems.join("; ") || "This is not an address.");
  }
  const json = JSON.stringify(parsed.data);
  if (json.length > maxJson) throw badUserInput(field, `An address has at most ${maxJson} characters.`);
  if (unstorable.test(json)) throw badUserInput(field, "An address must not hold NUL or halves of characters.");
  return parsed.data as Json;
}

/** An address with the text that people read. */
export function knownAddress(services: Services, channelId: string, address: Json): KnownAddress {
  return {
    address,
    shown: services.channels.get(channelId)?.plugin.describeAddress(address) ?? JSON.stringify(address),
  };
}
