import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const keeperFile = fileURLToPath(new URL("keeper.js", import.meta.url));

/** Servers that end with this process, however it ends, and a directory that goes with them: see keeper.ts. */
export class KeptServers {
  readonly #keeper: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(directory: string) {
    // In a process group of its own: a terminal's signals reach the tests alone.
    this.#keeper = spawn(process.execPath, [keeperFile, directory], {
      stdio: ["pipe", "ignore", "inherit"],
      detached: true,
    });
    this.#ended = once(this.#keeper, "exit");
  }

  run(program: string, ...parameters: string[]): void {
    this.#keeper.stdin?.write(`${JSON.stringify([program, ...parameters])}\n`);
  }

  async end(): Promise<void> {
    this.#keeper.stdin?.end();
    await this.#ended;
  }
}
