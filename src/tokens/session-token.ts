import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";

const claims = z.object({ sid: z.uuid() });
// Session tokens have about 120 characters; anything much longer is refused without any cryptography.
const maxTokenLength = 1000;

/** The bearer token of a session: a JWT (HS256, signed under the first secret) that holds nothing but the session's id. */
export async function signSessionToken(secrets: readonly string[], sessionId: string): Promise<string> {
  const [secret] = secrets;
  if (secret === undefined) throw new Error("APP_SECRET holds no secret to sign with.");
  return new SignJWT({ sid: sessionId }).setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(secret));
}

/** The session's id, or null for a forged or damaged token. Tries every secret, so that sessions survive a rotation. */
export async function verifySessionToken(secrets: readonly string[], token: string): Promise<string | null> {
  if (token.length > maxTokenLength) return null;
  for (const secret of secrets) {
    try {
      const { payload } = await jwtVerify(token, Buffer.from(secret), { algorithms: ["HS256"] });
      const parsed = claims.safeParse(payload);
      return parsed.success ? parsed.data.sid : null;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  return null;
}
