import { z } from "zod";
import type { ChannelConnection, ChannelPlugin } from "../channel.js";

/**
 * Plugins are third-party code, often plain JavaScript. Their shape is checked once, on import, so that a missing
 * member is reported at the start and not discovered at the first delivery.
 */
const method = z.custom<unknown>((value) => typeof value === "function", { error: "must be a function" });
const boolean = z.boolean({ error: "must be true or false" });
const limit = z
  .number({ error: "must be a number, or null for no limit" })
  .positive({ error: "must be above 0, or null for no limit" });

/** An id is used in tables, in URLs and before the colon of a token's purpose. */
const id = z
  .string({ error: "must be a string" })
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, {
    error: "must be 1 to 40 lower-case letters, digits and hyphens, without a hyphen at either end",
  })
  .refine((text) => text !== "web", { error: '"web" is the website itself: choose another id' });

const settings = z
  .array(
    z.object(
      {
        name: z
          .string({ error: "must be a string" })
          .regex(/^[A-Z][A-Z0-9_]{0,99}$/, { error: "must be 1 to 100 upper-case letters, digits and underscores" }),
        required: boolean,
      },
      { error: "must be an object: name, required" },
    ),
    { error: "must be a list of the variables that configure reads" },
  )
  .max(100, { error: "must have at most 100 members" })
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
    error: "must name each variable once",
  });

const pluginShape = z.object({
  id,
  name: z.string({ error: "must be a string" }).trim().min(1, { error: "must not be empty" }),
  policy: z.enum(["immediate", "when-away"], { error: 'must be "immediate" or "when-away"' }),
  supports: z.object(
    {
      replies: boolean,
      receipts: boolean,
      idempotentSend: boolean,
      maxTextLength: limit.int({ error: "must be a whole number, or null for no limit" }).nullable(),
      replyWindowHours: limit.nullable(),
    },
    { error: "must be an object: replies, receipts, idempotentSend, maxTextLength, replyWindowHours" },
  ),
  // Checks the method and not the class: a plugin may bring its own copy of zod.
  address: z.object({ safeParse: method }, { error: "must be a zod schema of what is stored to reach a visitor" }),
  settings,
  configure: method,
  describeAddress: method,
  connect: method,
});

const connectionShape = z.object(
  {
    deliver: method,
    checkHealth: method,
    close: method,
    handleWebhook: method.optional(),
    webhooks: z.record(z.string(), method, { error: "must be an object of functions" }).optional(),
    webhookBodyLimitBytes: limit.int({ error: "must be a whole number" }).optional(),
    interpret: method.optional(),
    preview: z.object({ render: method, send: method }, { error: "must be an object: render, send" }).optional(),
    routes: z.record(z.string(), method, { error: "must be an object of functions" }).optional(),
    shortRoutes: z.array(z.string(), { error: "must be a list of strings" }).optional(),
    startNotes: z.array(z.string(), { error: "must be a list of strings" }).optional(),
  },
  { error: "must be an object" },
);

/**
 * Why `value` is not a plugin: one fault for each missing or wrong member, beginning with its name. Empty for a plugin.
 */
export function pluginFaults(value: unknown): readonly string[] {
  return faultsOf(pluginShape, value);
}

export function isPlugin(value: unknown): value is ChannelPlugin {
  return pluginFaults(value).length === 0;
}

/**
 * Returns the connection itself and not a copy, since its methods may rely on `this`.
 * @throws {Error} naming every missing or wrong member
 */
export function parseConnection(value: unknown): ChannelConnection {
  const faults = faultsOf(connectionShape, value);
  if (faults.length > 0) throw new Error(`connect returned an invalid connection: ${faults.join("; ")}`);
  return value as ChannelConnection;
}

function faultsOf(shape: z.ZodType, value: unknown): readonly string[] {
  const { error } = shape.safeParse(value);
  return (error?.issues ?? []).map((issue) => [issue.path.join("."), issue.message].filter(Boolean).join(" "));
}
