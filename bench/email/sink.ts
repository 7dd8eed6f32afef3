import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, chmod, mkdtemp, open, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../free-port.js";

/** A server in its own process that accepts every mail as fast as it can and writes it to a file. */
export interface Sink {
  readonly name: string;
  readonly port: number;
  /** What it has accepted since the last call, as in the file: one mail after the other, parts of large ones interleaved. */
  takeAccepted(): Promise<string>;
  close(): Promise<void>;
}

/** Starts Postfix's smtp-sink if it is installed (Debian: postfix), otherwise a small replacement, which is slower. */
export async function startSink(): Promise<Sink> {
  const directory = await mkdtemp(join(tmpdir(), "afterchat-sink-"));
  await chmod(directory, 0o777); // smtp-sink gives root's rights up
  const file = join(directory, "accepted");
  const port = await freePort();
  const program = await findSmtpSink();
  const child =
    program === null
      ? spawn(process.execPath, [join(import.meta.dirname, "sink-process.js"), String(port), file], {
          stdio: "inherit",
        })
      : spawn(
          program,
          [...(process.getuid?.() === 0 ? ["-u", "nobody"] : []), "-D", file, `127.0.0.1:${port}`, "100"],
          {
            stdio: "inherit",
          },
        );
  // A failed measurement must leave no server behind.
  process.once("exit", () => child.kill());
  await untilListening(port, child);
  let offset = 0;
  return {
    name: program === null ? "bench/email/sink-process.ts" : "Postfix's smtp-sink",
    port,
    async takeAccepted() {
      const handle = await open(file);
      const { size } = await handle.stat();
      const { buffer } = await handle.read(Buffer.alloc(size - offset), 0, size - offset, offset);
      await handle.close();
      offset = size;
      return buffer.toString("latin1");
    },
    async close() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(directory, { recursive: true });
    },
  };
}

async function findSmtpSink(): Promise<string | null> {
  const places = [...(process.env.PATH ?? "").split(":"), "/usr/sbin"];
  for (const place of places) {
    const program = join(place, "smtp-sink");
    const found = await access(program).then(
      () => true,
      () => false,
    );
    if (found) return program;
  }
  return null;
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) break;
    const socket = connect(port, "127.0.0.1");
    const answers = await once(socket, "data").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (answers) return;
    await wait(50);
  }
  throw new Error("The mail sink did not start.");
}
