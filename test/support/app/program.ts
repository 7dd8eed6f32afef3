import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { freePort } from "../servers/free-ports.js";
import { GraphqlClient } from "./graphql-client.js";

const main = fileURLToPath(new URL("../../../src/main.js", import.meta.url));
const repository = fileURLToPath(new URL("../../../../", import.meta.url));
/** Node keeps compiled modules here: a quarter less CPU for each start after the first. */
export const compileCache = join(tmpdir(), "afterchat-compile-cache");
/** Generous: a cold start takes a second or two, on a busy machine many times that. */
const timeoutMs = 50_000;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the signal, or from the start, to the end of the process. */
  readonly afterMs: number;
}

/** What is started, and where. */
interface Installed {
  readonly file: string;
  readonly directory: string;
}

const here: Installed = { file: main, directory: repository };

/** The program as an operator runs it: a process of its own, known by what it prints. */
export class Program {
  static readonly #alive = new Set<Program>();
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ending>;
  #output = "";
  #printed = Promise.withResolvers<void>();
  #beganAt = performance.now();

  private constructor(
    environment: Readonly<Record<string, string>>,
    readonly url: string,
    { file, directory }: Installed,
  ) {
    const { PATH = "", HOME = "" } = process.env;
    this.#child = spawn(process.execPath, [file], {
      cwd: directory,
      env: { PATH, HOME, NODE_COMPILE_CACHE: compileCache, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        this.#printed.resolve();
        this.#printed = Promise.withResolvers();
      });
    }
    Program.#alive.add(this);
    this.#ended = once(this.#child, "close").then(([code, signal]) => {
      Program.#alive.delete(this);
      this.#printed.resolve();
      return { code, signal, afterMs: performance.now() - this.#beganAt };
    });
  }

  /** Starts it with nothing in its environment but these settings, and a free port unless they name one. */
  static async launch(settings: Readonly<Record<string, string>>, installed = here): Promise<Program> {
    const port = settings.PORT ?? String(await freePort());
    return new Program({ ...settings, PORT: port }, `http://127.0.0.1:${port}`, installed);
  }

  /** `launch`, and waits until it says that it runs. */
  static async start(settings: Readonly<Record<string, string>>, installed = here): Promise<Program> {
    const program = await Program.launch(settings, installed);
    try {
      await program.prints("Afterchat is running.");
      // The line that ends the greeting.
      await program.prints("\n\n");
      return program;
    } catch (error) {
      await program.end("SIGKILL");
      throw error;
    }
  }

  /** Kills every one that this process has started and that still runs. */
  static async killAll(): Promise<void> {
    await Promise.all([...Program.#alive].map((program) => program.end("SIGKILL")));
  }

  /** All that it has printed so far, on both streams. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The memory that the process occupies now, and the most that it ever has, in MiB. */
  async memory(): Promise<{ readonly now: number; readonly highest: number }> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, "utf8");
    const mebibytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
    return { now: mebibytes("VmRSS"), highest: mebibytes("VmHWM") };
  }

  /** The CPU time that the process has used, in seconds. */
  async cpuSeconds(): Promise<number> {
    const stat = await readFile(`/proc/${this.#child.pid}/stat`, "utf8");
    // After the name, which may hold spaces; in hundredths of a second, as on every Linux that Node runs on.
    const [user, system] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13)
      .map(Number);
    return ((user ?? 0) + (system ?? 0)) / 100;
  }

  get client(): GraphqlClient {
    return new GraphqlClient(this.url);
  }

  /** Resolves once it has printed this; fails when it ends without, or after a long time. */
  async prints(text: string): Promise<void> {
    const timeIsUp = AbortSignal.timeout(timeoutMs);
    const late = once(timeIsUp, "abort").then(() => undefined);
    while (!this.#output.includes(text)) {
      if (this.hasEnded || timeIsUp.aborted) {
        throw new Error(`The program did not print "${text}" but:\n${this.#output}`);
      }
      await Promise.race([this.#printed.promise, this.#ended, late]);
    }
  }

  /** Waits until it has ended by itself. */
  ended(): Promise<Ending> {
    return this.#ended;
  }

  /** Sends a signal and waits for the end; does nothing to a program that has ended. */
  async end(signal: NodeJS.Signals): Promise<Ending> {
    this.#beganAt = performance.now();
    this.#child.kill(signal);
    return this.#ended;
  }

  /** Stops it where it stands, as a suspended machine does; its connections stay open. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  /** Lets a frozen one go on. */
  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** Signs in as the first admin with the password that was printed. */
  async signInAdmin(password = this.printedPassword()): Promise<GraphqlClient> {
    const { signIn } = await this.client.do(
      'mutation ($password: String!) { signIn(input: { email: "admin@example.com", password: $password }) { token } }',
      { password },
    );
    return this.client.as(signIn.token);
  }

  printedPassword(): string {
    const password = /Password +(\S+)/.exec(this.#output)?.[1];
    if (password === undefined) throw new Error(`No password was printed:\n${this.#output}`);
    return password;
  }
}

/** The process id of the embedded PostgreSQL in a DATA_DIR. */
export async function readPostgresPid(dataDirectory: string): Promise<number> {
  const file = await readFile(join(dataDirectory, "postgres", "postmaster.pid"), "utf8");
  return Number(file.split("\n", 1)[0]);
}

/** Whether the process still runs; one that has ended and was not waited for does not. */
export async function runs(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")) !== "";
}
