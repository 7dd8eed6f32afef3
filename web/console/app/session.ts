import { type ReadonlySignal, signal } from "@preact/signals";

/** An agent's session, and what tells the server that this device is known. */
interface KeptSession {
  readonly token: string | null;
  readonly deviceToken: string | null;
}

const key = "afterchat.console.session";
const none: KeptSession = { token: null, deviceToken: null };

export interface SessionKeeper {
  readonly session: ReadonlySignal<KeptSession>;
  begin(token: string, deviceToken: string): void;
  /** The token is gone; the device stays known. */
  end(): void;
}

/** Keeps the session for all tabs: whoever signs in or out in one does so in all of them. */
export function keepSession(storage: Storage): SessionKeeper {
  const session = signal(read(storage));
  const set = (next: KeptSession) => {
    session.value = next;
    try {
      storage.setItem(key, JSON.stringify(next));
    } catch {
      // Not allowed: it lasts as long as the page.
    }
  };
  addEventListener("storage", (event) => {
    if (event.key === key) session.value = read(storage);
  });
  return {
    session,
    begin: (token, deviceToken) => set({ token, deviceToken }),
    end: () => set({ ...session.peek(), token: null }),
  };
}

function read(storage: Storage): KeptSession {
  try {
    const kept = JSON.parse(storage.getItem(key) ?? "{}") as Partial<KeptSession>;
    const text = (value: unknown) => (typeof value === "string" ? value : null);
    return { token: text(kept.token), deviceToken: text(kept.deviceToken) };
  } catch {
    return none;
  }
}
