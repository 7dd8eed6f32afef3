import { z } from "zod";
import { type Environment, SettingsError } from "../settings-error.js";
import type { ChannelSetting } from "./channel.js";

/**
 * Reads a channel's settings: `schema` has one member for each environment variable. Undefined if none is set; an empty
 * variable counts as unset. The schema's error messages are shown as they are, so they should say what to do.
 * @throws {SettingsError} naming every fault
 */
export function readSettings<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
): z.infer<z.ZodObject<Shape>> | undefined {
  const variables = Object.keys(schema.shape);
  const values = Object.fromEntries(
    variables.flatMap((variable) => {
      const value = environment[variable]?.trim();
      return value ? [[variable, value]] : [];
    }),
  );
  if (Object.keys(values).length === 0) return undefined;
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    parsed.error.issues.map(({ path, message }) => {
      const variable = String(path[0]);
      const missing = `is missing: set it, or none of ${variables.join(", ")}`;
      return { variable, problem: variable in values ? message : missing };
    }),
  );
}

/**
 * The list for `ChannelPlugin.settings`, in the schema's order: required are those for which `schema` accepts no missing
 * value.
 */
export function settingsOf(schema: z.ZodObject): readonly ChannelSetting[] {
  return Object.entries(schema.shape).map(([name, value]) => ({
    name,
    required: !z.safeParse(value, undefined).success,
  }));
}
