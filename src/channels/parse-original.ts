import { z } from "zod";
import { withoutNul } from "../database/without-nul.js";
import { type ChannelPlugin, maxOriginalBytes, maxUnmatchedOriginalBytes, type Original } from "./channel.js";

const text = z.string({ error: "must be a string" });
// An email's subject and addresses may be of any length; lists show the beginning.
const shown = text.transform((value) => truncate(withoutNul(value.toWellFormed()), 500));
const maxRecipientsShown = 50;

const original = z
  .object({
    key: text
      .min(1, { error: "must not be empty" })
      .max(1_000, { error: "must be at most 1000 characters" })
      .transform((key) => withoutNul(key.toWellFormed())),
    content: z
      .instanceof(Uint8Array, { error: "must be bytes" })
      .refine((content) => content.byteLength <= maxOriginalBytes, {
        error: `must be at most ${maxOriginalBytes} bytes: reject larger content before calling keep`,
      }),
    contentType: text.regex(/^[\w.+-]+\/[\w.+-]+$/, { error: "must be a media type such as message/rfc822" }),
    envelope: z.json({ error: "must be JSON" }),
    summary: z.object({
      from: shown.nullable(),
      to: z.array(shown).transform((recipients) => recipients.slice(0, maxRecipientsShown)),
      subject: shown.nullable(),
    }),
    conversationId: z.uuid({ error: "must be the id of a conversation, or null" }).nullish(),
  })
  .refine(({ conversationId, content }) => conversationId !== null || content.byteLength <= maxUnmatchedOriginalBytes, {
    path: ["content"],
    error: `must be at most ${maxUnmatchedOriginalBytes} bytes if it belongs to no conversation: pass its beginning`,
  });

/**
 * Validates an original that a plugin passed to `keep`, and makes its summary fit to be stored and shown.
 * @throws {TypeError} naming the field, such as `original.key`
 */
export function parseOriginal(plugin: ChannelPlugin, value: Original): Original {
  const parsed = original.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${["original", ...path.map(String)].join(".")} ${message}`,
  );
  throw new TypeError(`Channel ${plugin.id} passed an invalid original to keep: ${faults.join("; ")}`);
}

function truncate(value: string, maxLength: number): string {
  return value.length <= maxLength ? value : `${value.slice(0, maxLength - 1).toWellFormed()}…`;
}
