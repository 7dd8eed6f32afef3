import type { App } from "../../../src/app.js";

/** Resolves when the program has kept another mail. */
export function nextKept({ services }: App): Promise<void> {
  return new Promise((resolve) => {
    const stop = services.events.listen("originalKept", () => {
      stop();
      resolve();
    });
  });
}
