import { z } from "zod";

const file = z.object({
  file_id: z.string(),
  file_name: z.string().optional(),
  mime_type: z.string().optional(),
  file_size: z.number().optional(),
});

/** https://core.telegram.org/bots/api#message, as far as anything is made of it. */
const message = z.object({
  message_id: z.number().int(),
  date: z.number().int(),
  edit_date: z.number().int().optional(),
  chat: z.object({ id: z.number().int(), type: z.string() }),
  from: z
    .object({
      is_bot: z.boolean().optional(),
      first_name: z.string().optional(),
      last_name: z.string().optional(),
      language_code: z.string().optional(),
    })
    .optional(),
  reply_to_message: z.object({ message_id: z.number().int() }).optional().catch(undefined),
  text: z.string().optional(),
  caption: z.string().optional(),
  /** The same picture in several sizes, the largest last. */
  photo: z.array(file).optional(),
  document: file.optional(),
  video: file.optional(),
  video_note: file.optional(),
  voice: file.optional(),
  audio: file.optional(),
  sticker: z.object({ emoji: z.string().optional() }).optional(),
  location: z.object({ latitude: z.number(), longitude: z.number() }).optional(),
  contact: z.object({ phone_number: z.string(), first_name: z.string() }).optional(),
});

/** https://core.telegram.org/bots/api#update */
export const update = z.object({
  update_id: z.number().int(),
  message: message.optional(),
  edited_message: message.optional(),
});

export type TelegramMessage = z.infer<typeof message>;

export interface TelegramFile {
  readonly fileId: string;
  readonly name: string;
  readonly contentType: string | null;
  readonly sizeBytes: number | null;
}

/** The file of a message; null where there is none. Telegram sends one a message. */
export function fileOf(given: TelegramMessage): TelegramFile | null {
  const { document, video, video_note, voice, audio, photo } = given;
  const kinds = [
    ["photo.jpg", photo?.at(-1), "image/jpeg"],
    ["document", document, null],
    ["video.mp4", video ?? video_note, "video/mp4"],
    ["voice.ogg", voice, "audio/ogg"],
    ["audio.mp3", audio, "audio/mpeg"],
  ] as const;
  const [usualName, found, usualType] = kinds.find(([, one]) => one !== undefined) ?? [];
  if (found === undefined || usualName === undefined) return null;
  return {
    fileId: found.file_id,
    name: found.file_name ?? usualName,
    contentType: found.mime_type ?? usualType ?? null,
    sizeBytes: found.file_size ?? null,
  };
}

/** What stands in the conversation; empty where a file says it all. */
export function textOf(given: TelegramMessage): string {
  const { sticker, location, contact } = given;
  const text = given.text ?? given.caption;
  if (text !== undefined) return text;
  if (sticker !== undefined) return sticker.emoji ?? "[A sticker]";
  if (location !== undefined) return `[A place: ${location.latitude}, ${location.longitude}]`;
  if (contact !== undefined) return `[A contact: ${contact.first_name}, ${contact.phone_number}]`;
  return fileOf(given) === null ? "[Something that can be seen in Telegram only]" : "";
}
