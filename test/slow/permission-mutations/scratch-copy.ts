import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, cp, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long the tests of one mutation may take: a mutation that makes them hang is noticed too. */
const timeoutMs = 300_000;
/** Jest resolves its configuration's own path, so these are copied; everything else but `dist` is only linked. */
const copied = ["package.json", "jest.config.js"];

/** A copy of the compiled program in a temporary folder, in which single files are changed and the tests run. */
export class ScratchCopy {
  private constructor(readonly directory: string) {}

  static async make(repository: string): Promise<ScratchCopy> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), "permission-mutations-")));
    for (const entry of await readdir(repository)) {
      if (entry === "dist") await cp(join(repository, entry), join(directory, entry), { recursive: true });
      else if (copied.includes(entry)) await copyFile(join(repository, entry), join(directory, entry));
      else await symlink(join(repository, entry), join(directory, entry));
    }
    return new ScratchCopy(directory);
  }

  /** The compiled files by their path in `dist`, without tests. */
  async files(): Promise<string[]> {
    const found = await readdir(join(this.directory, "dist"), { recursive: true });
    return found.filter((file) => /^(src|plugins)\/.*\.js$/.test(file)).sort();
  }

  read(file: string): Promise<string> {
    return readFile(join(this.directory, "dist", file), "utf8");
  }

  /** Replaces a file while `work` runs. @throws if the new text is no JavaScript */
  async with<T>(file: string, text: string, work: () => Promise<T>): Promise<T> {
    const path = join(this.directory, "dist", file);
    const original = await readFile(path, "utf8");
    await writeFile(path, text);
    try {
      const { passed, output } = await this.#run(["--check", path]);
      if (!passed) throw new Error(`The mutation of ${file} is no JavaScript:\n${output}`);
      return await work();
    } finally {
      await writeFile(path, original);
    }
  }

  /** Runs the tests whose path matches, or of those only the tests with these names. */
  test(path: string, only: string | null): Promise<{ readonly passed: boolean; readonly output: string }> {
    const names = only === null ? [] : ["-t", only];
    return this.#run(["node_modules/jest/bin/jest.js", "--maxWorkers=1", "--bail", ...names, path]);
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  async #run(parameters: readonly string[]): Promise<{ passed: boolean; output: string }> {
    const child = spawn(process.execPath, parameters, {
      cwd: this.directory,
      env: { ...process.env, FAIL_FAST: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const timer = setTimeout(() => child.kill("SIGTERM"), timeoutMs);
    const [code] = await once(child, "close");
    clearTimeout(timer);
    return { passed: code === 0, output };
  }
}
