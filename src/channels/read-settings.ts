import type { z } from "zod";
import { type Environment, SettingsError } from "../settings-error.js";

/**
 * Reads a channel's settings: one member of `schema` for each variable. Undefined when none is set; an empty one counts as
 * not set. Problems are the schema's own messages, so write them as what to do.
 * @throws {SettingsError} naming every fault at once
 */
export function readSettings<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
): z.infer<z.ZodObject<Shape>> | undefined {
  const variables = Object.keys(schema.shape);
  const given = Object.fromEntries(
    variables.flatMap((variable) => {
      const value = environment[variable]?.trim();
      return value ? [[variable, value]] : [];
    }),
  );
  if (Object.keys(given).length === 0) return undefined;
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    parsed.error.issues.map(({ path, message }) => {
      const variable = String(path[0]);
      const missing = `is missing: set it, or none of ${variables.join(", ")}`;
      return { variable, problem: variable in given ? message : missing };
    }),
  );
}
