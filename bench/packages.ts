import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { join } from "node:path";

/** The source folder of bench, where the contenders' own packages are installed; this file runs from dist. */
export const benchDirectory = join(import.meta.dirname, "..", "..", "bench");

/** Installs the contenders' packages unless they are installed already, so that installing the program stays light. */
export async function installPackages(): Promise<void> {
  const [wanted, installed] = await Promise.all([
    changedAt(join(benchDirectory, "package-lock.json")),
    changedAt(join(benchDirectory, "node_modules", ".package-lock.json")),
  ]);
  if (installed >= wanted) return;
  process.stdout.write("Installing what the contenders need …\n");
  const npm = spawn("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: benchDirectory,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  const [code] = await once(npm, "exit");
  if (code !== 0) throw new Error("The contenders' packages could not be installed: try npm install --prefix bench.");
}

/** In milliseconds; 0 when the file does not exist. */
async function changedAt(file: string): Promise<number> {
  const found = await stat(file).catch(() => null);
  return found?.mtimeMs ?? 0;
}
