import { access } from "node:fs/promises";
import { type Browser, chromium } from "playwright-core";

const whole = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** The same engine without a browser's own windows, which take most of the time of opening a page. */
const shell = process.env.CHROMIUM ?? "/usr/bin/chromium-headless-shell";

const has = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
const [hasWhole, hasShell] = await Promise.all([has(whole), has(shell)]);
const toDo = "test/support/browser/install.sh puts it there, or name one in CHROMIUM";

/** Why the browser tests cannot run here; null if they can. */
export const withoutChromium: string | null =
  hasWhole || hasShell ? null : `no Chromium at ${shell} or ${whole}: ${toDo}`;
/** Why those that need all of the browser, such as its back button, cannot run. */
export const withoutWholeChromium: string | null = hasWhole ? null : `no Chromium at ${whole}: ${toDo}`;

/** Debian's Chromium, without requests of its own. `isWhole`: with all that the headless shell lacks. */
export function launchChromium({ isWhole = false }: { readonly isWhole?: boolean } = {}): Promise<Browser> {
  const quiet = ["background-networking", "component-update", "sync", "quic"].map((feature) => `--disable-${feature}`);
  return chromium.launch({
    executablePath: isWhole || !hasShell ? whole : shell,
    // As root, as in CI, there is no sandbox.
    args: ["--no-first-run", ...quiet, ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
    // Pages must be kept for "back" as they are in a person's browser.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
}
