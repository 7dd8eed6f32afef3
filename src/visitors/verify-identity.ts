import { errors, jwtVerify } from "jose";
import { z } from "zod";
import { badUserInput } from "../errors.js";
import { parseName } from "../parse-name.js";
import type { Services } from "../services.js";

const field = "input.identity.token";
const maxAheadSeconds = 3_600;
// Websites typically set exp to exactly an hour ahead, and their clocks may be slightly fast.
const toleranceSeconds = 30;

const claims = z.object({
  sub: z
    .string()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}+$/u),
  exp: z.number(),
  email: z.string().nullish(),
  name: z.string().nullish(),
});

/** The visitor's identity according to the website. */
export interface Identity {
  /** The website's own id for this person. */
  readonly externalId: string;
  /** As given by the website, not validated yet. */
  readonly email: string | null;
  readonly name: string | null;
}

/**
 * Verifies a website's signed identity: a JWT, HS256 under IDENTITY_SECRET, with `sub`, an `exp` at most an hour ahead,
 * and optionally `email` and `name`. Claims: RFC 7519, section 4.1.
 * @throws BAD_USER_INPUT for `input.identity.token`, with the reason
 */
export async function verifyIdentity(services: Services, token: string, now: Date): Promise<Identity> {
  const secret = services.config.identitySecret;
  if (secret === null) {
    throw badUserInput(field, "This server accepts no identities: IDENTITY_SECRET is not set.");
  }
  const parsed = claims.safeParse(await verify(token, secret, now));
  if (!parsed.success) {
    throw badUserInput(
      field,
      "The identity needs a sub of 1 to 200 characters and an exp; email and name must be strings.",
    );
  }
  const { sub, exp, email, name } = parsed.data;
  if (exp > now.getTime() / 1_000 + maxAheadSeconds + toleranceSeconds) {
    throw badUserInput(field, "The identity's exp must be at most an hour ahead.");
  }
  return {
    externalId: sub,
    email: email == null || email.trim() === "" ? null : email,
    name: name == null ? null : parseName(field, name),
  };
}

async function verify(token: string, secret: string, now: Date): Promise<unknown> {
  try {
    const options = { algorithms: ["HS256"], currentDate: now, requiredClaims: ["sub", "exp"] };
    return (await jwtVerify(token, Buffer.from(secret), options)).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw badUserInput(field, "The identity has expired: sign a new one.");
    if (error instanceof errors.JWTClaimValidationFailed) {
      throw badUserInput(field, `The identity's ${error.claim} is missing or not valid.`);
    }
    if (error instanceof errors.JOSEError) {
      throw badUserInput(field, "The identity is not a JWT signed with HS256 and IDENTITY_SECRET.");
    }
    throw error;
  }
}
