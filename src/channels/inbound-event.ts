import { z } from "zod";
import type { ChannelPlugin, Failure, FailureCode, InboundEvent, InboundMessage, Json } from "./channel.js";

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

const message = z
  .object({
    type: z.literal("message"),
    externalId,
    at,
    address: z.json({ error: "must be JSON" }).optional(),
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
    attachments: z.array(z.object({ name: text.nullable(), contentType: text.nullable(), content: bytes })).optional(),
  })
  .refine((event) => event.address !== undefined || event.conversationId !== undefined, {
    path: ["address"],
    error: "must say who wrote, or conversationId where it belongs",
  });

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
      z.object({ type: z.literal("delivered"), externalId, at, messageId: externalId }),
      z.object({ type: z.literal("read"), externalId, at, messageId: externalId }),
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
    { error: "must be message, delivered, read, bounced, complained or opted-out" },
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
  return events.map((event, index) => {
    if (event.type !== "message") return event;
    if (event.address === undefined) return cleanMessage(event);
    const address = plugin.address.safeParse(event.address);
    if (!address.success) throw rejection(plugin, address.error.issues, [index, "address"]);
    return { ...cleanMessage(event), address: address.data as Json };
  });
}

// PostgreSQL stores no NUL; refusing it would make the vendor repeat the event for ever.
function cleanMessage(event: InboundMessage): InboundMessage {
  const clean = (given: string) => given.replaceAll("\0", "");
  const name = event.name === undefined ? {} : { name: clean(event.name) };
  const locale = event.locale === undefined ? {} : { locale: clean(event.locale) };
  return { ...event, ...name, ...locale, text: clean(event.text) };
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
