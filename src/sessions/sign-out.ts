import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { endSessions } from "./session-store.js";

/** Ends the session of the caller, visitor or agent: its token is rejected and its sockets are closed. */
export async function signOut(services: Services, viewer: Viewer): Promise<void> {
  const now = services.clock.now();
  const ended = await services.database.transaction((transaction) =>
    endSessions(transaction, { sessionId: viewer.sessionId }, now),
  );
  services.sessions.invalidate(ended);
}
