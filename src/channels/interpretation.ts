import { z } from "zod";
import { type ChannelPlugin, dropReasons, type Interpretation } from "./channel.js";
import { parseInboundEvents } from "./inbound-event.js";

const text = z.string({ error: "must be a text" });

const interpretation = z.discriminatedUnion(
  "outcome",
  [
    z.object({
      outcome: z.literal("events"),
      events: z.array(z.unknown(), { error: "must be a list" }).min(1, {
        error: "must not be empty: an original that means nothing is dropped, with a reason",
      }),
    }),
    z.object({
      outcome: z.literal("dropped"),
      reason: z.enum(dropReasons, { error: `must be one of ${dropReasons.join(", ")}` }),
      detail: text.optional(),
      conversationId: z.guid({ error: "must be a conversation's id" }).optional(),
    }),
  ],
  { error: "must be events or dropped" },
);

/**
 * What a plugin made of an original, checked before anything is applied.
 * @throws {TypeError} naming the field, such as `interpretation.reason` or `events[0].text`
 */
export function parseInterpretation(plugin: ChannelPlugin, given: Interpretation): Interpretation {
  const { error } = interpretation.safeParse(given);
  if (error) {
    const faults = error.issues.map(
      ({ path, message }) => `${["interpretation", ...path.map(String)].join(".")} ${message}`,
    );
    throw new TypeError(`Channel ${plugin.id} interpreted something unusably: ${faults.join("; ")}`);
  }
  return given.outcome === "dropped" ? given : { ...given, events: parseInboundEvents(plugin, given.events) };
}
