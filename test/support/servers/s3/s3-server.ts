import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
const command = process.env.TEST_S3_SERVER ?? join(cache, "afterchat/moto/bin/moto_server");

/** Why there is no S3-compatible server to test against; null when there is one. */
export const s3ServerMissing: string | null = existsSync(command)
  ? null
  : `moto_server is not at ${command}: test/support/servers/s3/install.sh puts it there, or name one in TEST_S3_SERVER`;

/** A real S3-compatible server on loopback: moto's, which keeps everything in memory. */
export class S3Server {
  private constructor(
    readonly host: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<S3Server> {
    const child = spawn(command, ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "pipe", "pipe"] });
    const host = Promise.withResolvers<string>();
    let output = "";
    const listen = (text: string): void => {
      output += text;
      const found = /Running on http:\/\/([\d.]+:\d+)/.exec(output)?.[1];
      if (found !== undefined) host.resolve(found);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", listen);
    child.once("error", host.reject);
    child.once("exit", (code) => host.reject(new Error(`The S3 server ended (${code}): ${output}`)));
    return new S3Server(await host.promise, child);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = once(this.child, "close");
    this.child.kill("SIGKILL");
    await closed;
  }
}
