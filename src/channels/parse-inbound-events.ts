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
  detail: z.string({ error: "must be a string" }),
  bounce: z.enum(["hard", "soft"], { error: "must be hard or soft, or left out" }).exactOptional(),
});

const text = z.string({ error: "must be a string" });
// Below the 2,704 bytes that fit into a PostgreSQL index, above the 998 of an email's Message-ID (RFC 5322, 2.1.1).
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
    error: "must name the sender, unless conversationId names the conversation",
  });

// A vendor reports on one sent message or, with a watermark, on everything sent up to a moment.
const sentPointer = {
  messageId: externalId.optional(),
  address: address.optional(),
  upTo: z.date({ error: "must be a valid Date" }).optional(),
};
const hasSentPointer = (event: { messageId?: unknown; address?: unknown; upTo?: unknown }) =>
  event.messageId !== undefined || (event.address !== undefined && event.upTo !== undefined);
const sentPointerMissing = { path: ["messageId"], error: "must be given, or both address and upTo" };

// A plugin knows the delivery by one of the two.
const deliveryPointer = { messageId: externalId.optional(), deliveryId: text.optional() };
const hasDeliveryPointer = (event: { messageId?: string | undefined; deliveryId?: string | undefined }) =>
  event.messageId !== undefined || event.deliveryId !== undefined;
const deliveryPointerMissing = { path: ["messageId"], error: "must be given, or deliveryId" };

const inboundEvents = z.array(
  z.discriminatedUnion(
    "type",
    [
      message,
      z.object({ type: z.literal("reply"), externalId, at, address, text }),
      z.object({ type: z.literal("sent"), externalId, at, deliveryId: text, messageId: externalId }),
      z
        .object({ type: z.literal("delivered"), externalId, at, ...sentPointer })
        .refine(hasSentPointer, sentPointerMissing),
      z.object({ type: z.literal("read"), externalId, at, ...sentPointer }).refine(hasSentPointer, sentPointerMissing),
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
      z
        .object({ type: z.literal("bounced"), externalId, at, failure, ...deliveryPointer })
        .refine(hasDeliveryPointer, deliveryPointerMissing),
      z
        .object({ type: z.literal("complained"), externalId, at, detail: text, ...deliveryPointer })
        .refine(hasDeliveryPointer, deliveryPointerMissing),
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
 * Validates what a plugin received before anything is stored. Addresses are returned as the plugin's own schema
 * normalises them, so that the same visitor is found however an address is written.
 * @throws {TypeError} naming the field, such as `events[0].text`
 */
export function parseInboundEvents(plugin: ChannelPlugin, events: readonly InboundEvent[]): readonly InboundEvent[] {
  const { error } = inboundEvents.safeParse(events);
  if (error) throw rejection(plugin, error.issues, []);
  return events.map((event, index) => normaliseAddresses(plugin, removeNul(event), index));
}

function normaliseAddresses(plugin: ChannelPlugin, event: InboundEvent, index: number): InboundEvent {
  const addresses: Record<string, Json> = {};
  for (const field of ["address", "addressNow"] as const) {
    const value = (event as { readonly [name in typeof field]?: Json })[field];
    if (value === undefined) continue;
    const address = plugin.address.safeParse(value);
    if (!address.success) throw rejection(plugin, address.error.issues, [index, field]);
    addresses[field] = address.data as Json;
  }
  return { ...event, ...addresses };
}

// PostgreSQL cannot store NUL, and rejecting the event would make the vendor resend it for ever.
function removeNul(event: InboundEvent): InboundEvent {
  const texts = event as { readonly text?: string; readonly name?: string; readonly locale?: string };
  const clean = Object.fromEntries(
    (["text", "name", "locale"] as const).flatMap((field) => {
      const value = texts[field];
      return value === undefined ? [] : [[field, value.replaceAll("\0", "")]];
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
  return new TypeError(`Channel ${plugin.id} passed invalid events to receive: ${faults.join("; ")}`);
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, part) => (typeof part === "number" ? `${name}[${part}]` : `${name}.${String(part)}`),
    "events",
  );
}
