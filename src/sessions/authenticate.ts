import type { Services } from "../services.js";
import { invalidToken } from "../tokens/bearer-token.js";
import type { Viewer } from "../viewer.js";

/** The viewer that a token belongs to; null without a token. @throws UNAUTHENTICATED if it is forged, expired or ended */
export async function authenticate(
  { sessions }: { readonly sessions: Pick<Services["sessions"], "resolve"> },
  token: string | null,
): Promise<Viewer | null> {
  if (token === null) return null;
  const viewer = await sessions.resolve(token);
  if (viewer === null) throw invalidToken();
  return viewer;
}
