import { z } from "zod";
import type { ChannelPlugin, Failure, FailureCode, InboundEvent, Json } from "./channel.js";

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

const inboundEvents = z.array(
  z.discriminatedUnion(
    "type",
    [
      z.object({
        type: z.literal("message"),
        externalId,
        at,
        address: z.json({ error: "must be JSON" }),
        conversationId: text.optional(),
        text,
        name: text.optional(),
        locale: text.optional(),
      }),
      z.object({ type: z.literal("delivered"), externalId, at, messageId: externalId }),
      z.object({ type: z.literal("read"), externalId, at, messageId: externalId }),
      z.object({ type: z.literal("bounced"), externalId, at, messageId: externalId, failure }),
    ],
    { error: "must be message, delivered, read or bounced" },
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
    const address = plugin.address.safeParse(event.address);
    if (!address.success) throw rejection(plugin, address.error.issues, [index, "address"]);
    // PostgreSQL stores no NUL; refusing it would make the vendor repeat the event for ever.
    const clean = (given: string) => given.replaceAll("\0", "");
    const name = event.name === undefined ? {} : { name: clean(event.name) };
    const locale = event.locale === undefined ? {} : { locale: clean(event.locale) };
    return { ...event, ...name, ...locale, text: clean(event.text), address: address.data as Json };
  });
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
