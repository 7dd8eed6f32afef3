import type { TestApp } from "../../support/app/test-app.js";

/** Resolves when the program has kept another mail. */
export function nextKept({ services }: TestApp): Promise<void> {
  return new Promise((resolve) => {
    const stop = services.events.listen("originalKept", () => {
      stop();
      resolve();
    });
  });
}
