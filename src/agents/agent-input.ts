import { z } from "zod";
import { cleanName } from "../clean-name.js";
import { badUserInput } from "../errors.js";

const email = z.email().max(254);

/** @throws BAD_USER_INPUT for `input.email` */
export function parseAgentEmail(text: string): string {
  const parsed = email.safeParse(text.trim());
  if (!parsed.success) throw badUserInput("input.email", "This is not an email address.");
  return parsed.data;
}

/** @throws BAD_USER_INPUT for `input.name` when it is empty or longer than 200 characters */
export function parseAgentName(text: string): string {
  const name = cleanName("input.name", text);
  if (name === null) throw badUserInput("input.name", "An agent has a name: visitors see it beside the replies.");
  return name;
}
