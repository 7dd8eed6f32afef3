import { z } from "zod";
import type { Json } from "../json.js";
import type { ChannelPlugin, Failure, FailureCode, InboundEvent } from "./channel.js";

const failureCodes = [
  "ADDRESS_INVALID",
  "OPTED_OUT",
  "WINDOW_CLOSED",
  "CONTENT_REJECTED",
  "CREDENTIALS_INVALID",
  "RATE_LIMITED",
  "UNAVAILABLE",
  "TIMED_OUT",
  "UNKNOWN",
] as const satisfies readonly FailureCode[];

export const failure: z.ZodType<Failure> = z.object({
  code: z.enum(failureCodes, { error: `must be one of ${failureCodes.join(", ")}` }),
  detail: z.string({ error: "must be a text" }),
  bounce: z.enum(["hard", "soft"], { error: "must be hard or soft, or left out" }).exactOptional(),
});

const text = z.string({ error: "must be a text" });
// Under the 2,704 bytes that an index of PostgreSQL's holds, over the 998 of a mail's Message-ID (RFC 5322, 2.1.1).
const externalId = text.min(1, { error: "must not be empty" }).max(1_000, { error: "must be at most 1000 characters" });
const at = z.date({ error: "must be a valid Date" });

const bytes = z.instanceof(Uint8Array, { error: "must be bytes" });

const address = z.json({ error: "must be JSON" });
const attachments = z.array(z.object({ name: text.nullable(), contentType: text.nullable(), content: bytes }));

const message = z
  .object({
    type: z.literal("message"),
    externalId,
    at,
    address: address.optional(),
    conversationId: z.guid({ error: "must be a conversation's id" }).optional(),
    text,
    name: text.optional(),
    locale: text.optional(),
    answers: z.array(z.object({ externalId: text, reference: text.optional() })).optional(),
    sender: z
      .object({
        address: text,
        authenticated: z.boolean({ error: "must be true or false" }),
        detail: text.optional(),
      })
      .optional(),
    attachments: attachments.optional(),
  })
  .refine((event) => event.address !== undefined || event.conversationId !== undefined, {
    path: ["address"],
    error: "must say who wrote, or conversationId where it belongs",
  });

// By a message or by a watermark: what the vendor knows of what was sent.
const sentPointer = {
  messageId: externalId.optional(),
  address: address.optional(),
  upTo: z.date({ error: "must be a valid Date" }).optional(),
};
const pointsAtSent = (event: { messageId?: unknown; address?: unknown; upTo?: unknown }) =>
  event.messageId !== undefined || (event.address !== undefined && event.upTo !== undefined);
const sentNothing = { path: ["messageId"], error: "must say what is meant, or address and upTo must" };

// By one of the two: what a plugin knows of the delivery.
const pointer = { messageId: externalId.optional(), deliveryId: text.optional() };
const points = (event: { messageId?: string | undefined; deliveryId?: string | undefined }) =>
  event.messageId !== undefined || event.deliveryId !== undefined;
const pointless = { path: ["messageId"], error: "must say which delivery it is about, or deliveryId must" };

const inboundEvents = z.array(
  z.discriminatedUnion(
    "type",
    [
      message,
      z.object({ type: z.literal("reply"), externalId, at, address, text }),
      z.object({ type: z.literal("sent"), externalId, at, deliveryId: text, messageId: externalId }),
      z.object({ type: z.literal("delivered"), externalId, at, ...sentPointer }).refine(pointsAtSent, sentNothing),
      z.object({ type: z.literal("read"), externalId, at, ...sentPointer }).refine(pointsAtSent, sentNothing),
      z.object({ type: z.literal("edited"), externalId, at, messageId: externalId, text }),
      z.object({ type: z.literal("unsent"), externalId, at, messageId: externalId }),
      z.object({
        type: z.literal("attached"),
        externalId,
        at,
        messageId: externalId,
        attachments,
        missing: z.array(z.object({ name: text, why: text })).optional(),
      }),
      z.object({
        type: z.literal("profile"),
        externalId,
        at,
        address,
        name: text.optional(),
        locale: text.optional(),
        addressNow: address.optional(),
      }),
      z.object({ type: z.literal("bounced"), externalId, at, failure, ...pointer }).refine(points, pointless),
      z.object({ type: z.literal("complained"), externalId, at, detail: text, ...pointer }).refine(points, pointless),
      z.object({
        type: z.literal("opted-out"),
        externalId,
        at,
        conversationId: z.guid({ error: "must be a conversation's id" }),
        scope: z.enum(["conversation", "visitor"], { error: "must be conversation or visitor" }),
        optedOut: z.boolean({ error: "must be true or false" }),
      }),
    ],
    {
      error: `must be message, reply, sent, delivered, read, edited, unsent, attached, profile, bounced, complained or opted-out`,
    },
  ),
  { error: "must be a list of events" },
);

/**
 * What a plugin received, checked before anything is stored; addresses in the form that the plugin's own schema gives
 * them, so that a visitor is found again whatever way an address is written.
 * @throws {TypeError} naming the field, such as `events[0].text`
 */
export function parseInboundEvents(plugin: ChannelPlugin, events: readonly InboundEvent[]): readonly InboundEvent[] {
  const { error } = inboundEvents.safeParse(events);
  if (error) throw rejection(plugin, error.issues, []);
  return events.map((event, index) => withAddresses(plugin, cleanTexts(event), index));
}

function withAddresses(plugin: ChannelPlugin, event: InboundEvent, index: number): InboundEvent {
  const found: Record<string, Json> = {};
  for (const field of ["address", "addressNow"] as const) {
    const given = (event as { readonly [name in typeof field]?: Json })[field];
    if (given === undefined) continue;
    const address = plugin.address.safeParse(given);
    if (!address.success) throw rejection(plugin, address.error.issues, [index, field]);
    found[field] = address.data as Json;
  }
  return { ...event, ...found };
}

// PostgreSQL stores no NUL; refusing it would make the vendor repeat the event for ever.
function cleanTexts(event: InboundEvent): InboundEvent {
  const texts = event as { readonly text?: string; readonly name?: string; readonly locale?: string };
  const clean = Object.fromEntries(
    (["text", "name", "locale"] as const).flatMap((field) => {
      const given = texts[field];
      return given === undefined ? [] : [[field, given.replaceAll("\0", "")]];
    }),
  );
  return { ...event, ...clean };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function rejection(plugin: ChannelPlugin, issues: readonly Issue[], within: readonly PropertyKey[]): TypeError {
  const faults = issues.map(({ path, message }) => `${fieldName([...within, ...path])} ${message}`);
  return new TypeError(`Channel ${plugin.id} received something unusable: ${faults.join("; ")}`);
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, part) => (typeof part === "number" ? `${name}[${part}]` : `${name}.${String(part)}`),
    "events",
  );
}
