import type { Services } from "../services.js";
import { endSessions } from "../sessions/session-store.js";
import type { Viewer } from "../viewer.js";

/** Ends the caller's session, a visitor's or an agent's: its token is refused and its sockets close. */
export async function signOut(services: Services, viewer: Viewer): Promise<void> {
  const now = services.clock.now();
  const ended = await services.database.transaction((transaction) =>
    endSessions(transaction, { sessionId: viewer.sessionId }, now),
  );
  services.sessions.forget(ended);
}
