import type { Services } from "../services.js";
import { invalidToken } from "../tokens/bearer-token.js";
import type { Viewer } from "../viewer.js";

interface Authenticators {
  readonly sessions: Pick<Services["sessions"], "resolve">;
  readonly blockedNetworks: Pick<Services["blockedNetworks"], "refuse">;
}

/**
 * The viewer that a token belongs to; null without a token.
 * @param address the client's network address
 * @throws UNAUTHENTICATED if it is forged, expired or ended, FORBIDDEN if a visitor comes from a blocked network
 */
export async function authenticate(
  { sessions, blockedNetworks }: Authenticators,
  token: string | null,
  address: string,
): Promise<Viewer | null> {
  if (token === null) return null;
  const viewer = await sessions.resolve(token);
  if (viewer === null) throw invalidToken();
  if (viewer.kind === "visitor") blockedNetworks.refuse(address);
  return viewer;
}
