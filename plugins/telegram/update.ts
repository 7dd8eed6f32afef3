import { z } from "zod";

/** What `Date` can hold: with any other, Telegram would send the update again and again. */
const unixSeconds = z.number().int().min(0).max(4_294_967_295);

const file = z.object({
  file_id: z.string(),
  file_name: z.string().optional(),
  mime_type: z.string().optional(),
  file_size: z.number().optional(),
});

/** The used part of https://core.telegram.org/bots/api#message. */
const message = z.object({
  message_id: z.number().int(),
  date: unixSeconds,
  edit_date: unixSeconds.optional(),
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
  /** One picture in several sizes, the largest last. */
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

/** The message's file, or null; Telegram sends at most one with a message. */
export function fileOf(message: TelegramMessage): TelegramFile | null {
  const { document, video, video_note, voice, audio, photo } = message;
  const kinds = [
    ["photo.jpg", photo?.at(-1), "image/jpeg"],
    ["document", document, null],
    ["video.mp4", video ?? video_note, "video/mp4"],
    ["voice.ogg", voice, "audio/ogg"],
    ["audio.mp3", audio, "audio/mpeg"],
  ] as const;
  const [defaultName, file, defaultType] = kinds.find(([, candidate]) => candidate !== undefined) ?? [];
  if (file === undefined || defaultName === undefined) return null;
  return {
    fileId: file.file_id,
    name: file.file_name ?? defaultName,
    contentType: file.mime_type ?? defaultType ?? null,
    sizeBytes: file.file_size ?? null,
  };
}

/** The message's text in the conversation; empty if it is only a file. */
export function textOf(message: TelegramMessage): string {
  const { sticker, location, contact } = message;
  const text = message.text ?? message.caption;
  if (text !== undefined) return text;
  if (sticker !== undefined) return sticker.emoji ?? "[Sticker]";
  if (location !== undefined) return `[Location: ${location.latitude}, ${location.longitude}]`;
  if (contact !== undefined) return `[Contact: ${contact.first_name}, ${contact.phone_number}]`;
  return fileOf(message) === null ? "[This message can only be viewed in Telegram]" : "";
}
