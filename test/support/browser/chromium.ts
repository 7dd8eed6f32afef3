import { access } from "node:fs/promises";
import { type Browser, chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why the browser tests cannot run here; null if they can. */
export const withoutChromium: string | null = await access(executablePath).then(
  () => null,
  () => `no Chromium at ${executablePath}: test/support/browser/install.sh puts it there, or name one in CHROMIUM`,
);

/** Debian's Chromium, without requests of its own. */
export function launchChromium(): Promise<Browser> {
  const quiet = ["background-networking", "component-update", "sync", "quic"].map((feature) => `--disable-${feature}`);
  return chromium.launch({
    executablePath,
    // As root, as in CI, there is no sandbox.
    args: ["--no-first-run", ...quiet, ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
    // Pages must be kept for "back" as they are in a person's browser.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
}
