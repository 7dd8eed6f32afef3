import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { builder, explorerFolder } from "./page-files.js";

/** From dist/src/pages: only a checkout has it. */
const sources = fileURLToPath(new URL("../../../web/explorer/", import.meta.url));
const timeoutMs = 300_000;

/** Whether the API explorer has to be built before it is shown, as in a checkout. */
export function isExplorerBuiltHere(): boolean {
  return existsSync(sources) && existsSync(builder);
}

/**
 * Builds the API explorer, unless nothing has changed since it was built.
 * @param signal ends the build
 * @throws {Error} with the output of the build that failed
 */
export function buildExplorer(signal: AbortSignal): Promise<void> {
  const { PATH = "" } = process.env;
  const options = { env: { PATH }, timeout: timeoutMs, signal };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [builder, "explorer"], options, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`${error.message}\n${stdout}${stderr}`.trim()));
    });
  });
}

/** Whether there is one that can be shown. */
export function isExplorerBuilt(): boolean {
  return existsSync(`${explorerFolder}index.html`);
}
