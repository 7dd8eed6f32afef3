import type { TestApp } from "../../support/app/test-app.js";

/** Resolves when the program has stored the original of another mail. */
export function nextStoredOriginal({ services }: TestApp): Promise<void> {
  return new Promise((resolve) => {
    const stop = services.events.listen("originalKept", () => {
      stop();
      resolve();
    });
  });
}
