import { z } from "zod";
import type { GraphErrorName } from "./graph-errors.js";

const id = z.object({ id: z.string() });
const message = z.object({
  text: z.string().optional(),
  attachment: z
    .object({
      type: z.enum(["image", "audio", "video", "file"]),
      payload: z.object({ url: z.url(), is_reusable: z.boolean().optional() }),
    })
    .optional(),
  metadata: z.string().max(1_000).optional(),
});

/** The body of POST /messages; fields that Meta does not know are refused here, so that no typing error goes unnoticed. */
export const sendRequest = z.union([
  z.strictObject({ recipient: id, messaging_type: z.literal("RESPONSE"), message: message.strict() }),
  z.strictObject({
    recipient: id,
    messaging_type: z.literal("MESSAGE_TAG"),
    tag: z.literal("HUMAN_AGENT"),
    message: message.strict(),
  }),
]);
export type SendRequest = z.infer<typeof sendRequest>;

/** What the fake knows of the one who is written to. */
export interface Person {
  readonly lastWroteAt: Date;
  readonly blocks: "us" | "nobody";
}

interface Situation {
  readonly kind: "page" | "instagram";
  readonly person: Person | undefined;
  /** Whether Meta has reviewed the app for answers within 7 days. */
  readonly humanAgent: "granted" | "missing";
  readonly now: Date;
}

const dayMs = 86_400_000;

/** Pure: why Meta would refuse this message; null: it would not. Its file is looked at afterwards. */
export function checkSend(request: SendRequest, { kind, person, humanAgent, now }: Situation): GraphErrorName | null {
  const instagram = kind === "instagram";
  if (person === undefined) return instagram ? "no-such-person-instagram" : "no-such-person";
  const { text, attachment } = request.message;
  if (attachment === undefined) {
    if (text === undefined || text.trim() === "") return "empty-message";
    if (instagram && Buffer.byteLength(text) > 1_000) return "text-too-long-instagram";
    if (!instagram && text.length > 2_000) return "text-too-long";
  }
  if (person.blocks === "us") return "blocked-by-person";
  const agoMs = now.getTime() - person.lastWroteAt.getTime();
  const closed = instagram ? "window-closed-instagram" : "window-closed";
  if (request.messaging_type === "RESPONSE") return agoMs < dayMs ? null : closed;
  if (humanAgent === "missing") return "tag-not-permitted";
  return agoMs < 7 * dayMs ? null : closed;
}

const megabyte = 1024 * 1024;
const instagramTypes = {
  image: /^image\/(png|jpeg|gif)$/,
  audio: /^audio\//,
  video: /^video\//,
  file: /^application\/pdf$/,
};

/** Pure: why Meta would refuse this file once it has fetched it. */
export function checkFile(
  kind: "page" | "instagram",
  type: "image" | "audio" | "video" | "file",
  file: { readonly contentType: string; readonly sizeBytes: number },
): GraphErrorName | null {
  if (file.sizeBytes > (type === "image" ? 8 : 25) * megabyte) return "file-too-large";
  if (kind === "instagram" && !instagramTypes[type].test(file.contentType)) return "file-not-fetched";
  if (kind === "page" && type !== "file" && !file.contentType.startsWith(`${type}/`)) return "file-not-fetched";
  return null;
}
