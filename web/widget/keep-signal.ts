import { effect, type Signal } from "@preact/signals-core";
import type { ChatStorage } from "../client/client.js";

/** Restores a value from the storage, and keeps it there from then on; `write` gives null for what need not be kept. */
export async function keepSignal<Value>(
  signal: Signal<Value>,
  storage: ChatStorage,
  key: string,
  { write, read }: { readonly write: (value: Value) => string | null; readonly read: (kept: string) => Value },
): Promise<void> {
  const kept = await storage.getItem(key);
  // What has been set meanwhile is newer.
  if (kept !== null && write(signal.value) === null) signal.value = read(kept);
  let before = kept;
  effect(() => {
    const text = write(signal.value);
    if (text === before) return;
    before = text;
    if (text === null) storage.removeItem(key);
    else storage.setItem(key, text);
  });
}
