import { z } from "zod";
import { badUserInput } from "../errors.js";
import { parseName } from "../parse-name.js";

const email = z.email().max(254);

/** @throws BAD_USER_INPUT for `input.email` */
export function parseAgentEmail(text: string): string {
  const parsed = email.safeParse(text.trim());
  if (!parsed.success) throw badUserInput("input.email", "This is not an email address.");
  return parsed.data;
}

/** @throws BAD_USER_INPUT for `input.name` if it is empty or longer than 200 characters */
export function parseAgentName(text: string): string {
  const name = parseName("input.name", text);
  if (name === null) throw badUserInput("input.name", "An agent needs a name: visitors see it next to replies.");
  return name;
}
