import { z } from "zod";
import { withoutNul } from "../database/without-nul.js";
import { type ChannelPlugin, maxOriginalBytes, type Original } from "./channel.js";

const text = z.string({ error: "must be a text" });
// A mail's subject and addresses may be of any length; a list shows the beginning.
const shown = text.transform((given) => cut(withoutNul(given.toWellFormed()), 500));
const maxRecipientsShown = 50;

const original = z.object({
  key: text
    .min(1, { error: "must not be empty" })
    .max(1_000, { error: "must be at most 1000 characters" })
    .transform((key) => withoutNul(key.toWellFormed())),
  content: z
    .instanceof(Uint8Array, { error: "must be bytes" })
    .refine((content) => content.byteLength <= maxOriginalBytes, {
      error: `must be at most ${maxOriginalBytes} bytes: refuse more before taking it`,
    }),
  contentType: text.regex(/^[\w.+-]+\/[\w.+-]+$/, { error: "must be a media type such as message/rfc822" }),
  envelope: z.json({ error: "must be JSON" }),
  summary: z.object({
    from: shown.nullable(),
    to: z.array(shown).transform((recipients) => recipients.slice(0, maxRecipientsShown)),
    subject: shown.nullable(),
  }),
});

/**
 * What a plugin wants kept, checked before anything is stored, with a summary that can be stored and shown.
 * @throws {TypeError} naming the field, such as `original.key`
 */
export function parseOriginal(plugin: ChannelPlugin, given: Original): Original {
  const parsed = original.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${["original", ...path.map(String)].join(".")} ${message}`,
  );
  throw new TypeError(`Channel ${plugin.id} wants something kept that cannot be: ${faults.join("; ")}`);
}

function cut(given: string, most: number): string {
  return given.length <= most ? given : `${given.slice(0, most - 1).toWellFormed()}…`;
}
