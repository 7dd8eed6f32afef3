import { z } from "zod";

/** The used part of Meta's webhooks. A member that is missing, or not of the documented type, is undefined. */
const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const boolean = z.boolean().optional().catch(undefined);
const id = z
  .union([z.string(), z.number()])
  .transform((value) => String(value))
  .optional()
  .catch(undefined);
const person = z.object({ id }).optional().catch(undefined);

const link = z
  .object({
    url: text,
    title: text,
    sticker_id: id,
    coordinates: z.object({ lat: number, long: number }).optional().catch(undefined),
  })
  .optional()
  .catch(undefined);

const attachment = z.object({ type: text, url: text, title: text, payload: link });
export type MetaAttachment = z.infer<typeof attachment>;

const message = z.object({
  mid: z.string().min(1),
  text,
  is_echo: boolean,
  is_deleted: boolean,
  is_unsupported: boolean,
  metadata: text,
  sticker_id: id,
  attachments: z
    .array(attachment.catch({ type: undefined, url: undefined, title: undefined, payload: undefined }))
    .optional()
    .catch(undefined),
  reply_to: z
    .object({ mid: text, story: z.object({ url: text, id }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});
export type MetaMessage = z.infer<typeof message>;

/** One item of `messaging[]`. */
export const messagingItem = z.object({
  sender: person,
  recipient: person,
  timestamp: number,
  message: message.optional().catch(undefined),
  message_edit: z
    .object({ mid: z.string().min(1), text: z.string(), num_edit: number })
    .optional()
    .catch(undefined),
  postback: z.object({ mid: text, title: text, payload: text }).optional().catch(undefined),
  reaction: z
    .object({ mid: z.string().min(1), action: text, reaction: text, emoji: text })
    .optional()
    .catch(undefined),
  read: z.object({ mid: text, watermark: number }).optional().catch(undefined),
  delivery: z
    .object({ mids: z.array(z.string().min(1)).optional().catch(undefined), watermark: number })
    .optional()
    .catch(undefined),
});
export type MessagingItem = z.infer<typeof messagingItem>;

const list = z.array(z.unknown()).optional().catch(undefined);
export const metaEntry = z.object({ id, time: number, messaging: list, standby: list, changes: list });

export const metaEnvelope = z.object({ object: z.string(), entry: z.array(z.unknown()) });
