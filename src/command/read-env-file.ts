import { resolve } from "node:path";
import { describeError } from "../logger.js";

/**
 * Adds the settings of `.env` in the working directory to the environment, if the file exists. Variables that are already
 * set win.
 * @throws {Error} that says what to do when the file exists but cannot be read
 */
export function readEnvFile(): void {
  const file = resolve(".env");
  try {
    process.loadEnvFile(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw new Error(`${file} cannot be read (${describeError(error)}): make it readable, or remove it.`);
  }
}
