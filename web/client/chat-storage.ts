/** Where the session's token and unsent messages are kept: `localStorage` and React Native's AsyncStorage have this shape. */
export interface ChatStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** Keeps values as long as the program runs, for where nothing may be stored. */
export function memoryStorage(): ChatStorage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => values.set(key, value),
    removeItem: (key) => values.delete(key),
  };
}

/**
 * The same storage, which never fails: browsers refuse access in private windows and in frames of other websites, and when it is
 * full. What cannot be stored is kept in memory.
 */
export function tolerant(storage: ChatStorage): ChatStorage {
  const fallback = memoryStorage();
  return {
    getItem: async (key) => {
      const kept = await fallback.getItem(key);
      if (kept !== null) return kept;
      try {
        return await storage.getItem(key);
      } catch {
        return null;
      }
    },
    setItem: async (key, value) => {
      try {
        await storage.setItem(key, value);
        fallback.removeItem(key);
      } catch {
        fallback.setItem(key, value);
      }
    },
    removeItem: async (key) => {
      fallback.removeItem(key);
      try {
        await storage.removeItem(key);
      } catch {
        // It can be neither read nor written.
      }
    },
  };
}
