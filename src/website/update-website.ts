import type { Statement } from "../database/database.js";
import { badUserInput } from "../errors.js";
import { normalizeText } from "../normalize-text.js";
import type { Services } from "../services.js";

const maxGreetingLength = 300;

export interface UpdateWebsiteInput {
  /** Undefined changes nothing; null removes it. */
  readonly greeting?: string | null | undefined;
  readonly accent?: string | null | undefined;
}

/** @throws BAD_USER_INPUT for a greeting that is too long, or an accent that is no colour */
export async function updateWebsite(
  { database }: Pick<Services, "database">,
  input: UpdateWebsiteInput,
): Promise<void> {
  const greeting = input.greeting == null ? null : parseGreeting(input.greeting);
  const accent = input.accent == null ? null : parseAccent(input.accent);
  await database.query(updateStatement, [input.greeting !== undefined, greeting, input.accent !== undefined, accent]);
}

function parseGreeting(text: string): string | null {
  const tooLong = badUserInput("input.greeting", `A greeting can have at most ${maxGreetingLength} characters.`);
  if (text.length > 4 * maxGreetingLength) throw tooLong;
  const greeting = normalizeText(text, "NFC")
    .replace(/\p{Cc}+/gu, " ")
    .trim();
  if (greeting.length > maxGreetingLength) throw tooLong;
  return greeting === "" ? null : greeting;
}

function parseAccent(text: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(text)) throw badUserInput("input.accent", "An accent is a colour such as #0b5cad.");
  return text.toLowerCase();
}

const updateStatement: Statement = {
  name: "update-website-settings",
  text: `UPDATE website_settings SET greeting = CASE WHEN $1::boolean THEN $2::text ELSE greeting END,
    accent = CASE WHEN $3::boolean THEN $4::text ELSE accent END WHERE id = 1`,
};
