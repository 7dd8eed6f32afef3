import type { Json } from "../json.js";
import type { Services } from "../services.js";

// All repetitions are bounded, so that no text makes it slow. Matches are validated with the email channel's schema.
const addressPattern = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu;

/** The email address in a chat message, if it contains exactly one and the email channel accepts it; otherwise null. */
export function findTypedAddress(services: Pick<Services, "channels">, text: string): Json | null {
  if (!text.includes("@")) return null;
  const plugin = services.channels.get("email")?.plugin;
  const candidates = new Set((text.match(addressPattern) ?? []).map((address) => address.toLowerCase()));
  const [candidate] = candidates;
  if (plugin === undefined || candidate === undefined || candidates.size !== 1) return null;
  const parsed = plugin.address.safeParse(candidate);
  return parsed.success ? (parsed.data as Json) : null;
}
