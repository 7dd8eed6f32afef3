import { z } from "zod";
import { type ChannelPlugin, dropReasons, type Interpretation } from "./channel.js";
import { parseInboundEvents } from "./parse-inbound-events.js";

const text = z.string({ error: "must be a string" });

const interpretation = z.discriminatedUnion(
  "outcome",
  [
    z.object({
      outcome: z.literal("events"),
      events: z.array(z.unknown(), { error: "must be a list" }).min(1, {
        error: "must not be empty: if there is nothing to do, return dropped with a reason",
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
 * Validates what a plugin's `interpret` returned, before anything is applied.
 * @throws {TypeError} naming the field, such as `interpretation.reason` or `events[0].text`
 */
export function parseInterpretation(plugin: ChannelPlugin, value: Interpretation): Interpretation {
  const { error } = interpretation.safeParse(value);
  if (error) {
    const faults = error.issues.map(
      ({ path, message }) => `${["interpretation", ...path.map(String)].join(".")} ${message}`,
    );
    throw new TypeError(`Channel ${plugin.id} returned an invalid interpretation: ${faults.join("; ")}`);
  }
  return value.outcome === "dropped" ? value : { ...value, events: parseInboundEvents(plugin, value.events) };
}
