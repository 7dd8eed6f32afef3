import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { runs } from "../../support/app/program.js";
import { untilFile } from "../../support/servers/mail/log-file.js";
import { describeWithMailServer } from "./describe-with-mail-server.js";

const serve = fileURLToPath(new URL("../../support/servers/mail/serve.js", import.meta.url));

describeWithMailServer("The mail servers", () => {
  test("leave nothing behind when the process that started them is killed", async () => {
    const starter = spawn(process.execPath, [serve, "ana@visitor.example"], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(starter, "exit");
    try {
      const directory = await directoryOf(starter.stdout);
      const pids = await Promise.all([
        pidIn(join(directory, "queue/pid/master.pid")),
        pidIn(join(directory, "run/master.pid")),
      ]);
      expect(await Promise.all(pids.map(runs))).toEqual([true, true]);

      starter.kill("SIGKILL");
      await untilFile(tmpdir(), 15_000, async () => {
        const left = await access(directory).then(
          () => true,
          () => false,
        );
        return left ? new Error(`${directory} is still there`) : "gone";
      });
      expect(await Promise.all(pids.map(runs))).toEqual([false, false]);
    } finally {
      starter.kill("SIGKILL");
      await ended;
    }
  });
});

/** The directory of the servers' files, read from the output. */
async function directoryOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [, log] = /^Logs: (\S+)/.exec(line) ?? [];
    if (log !== undefined) return dirname(log);
  }
  throw new Error("The servers did not start");
}

async function pidIn(file: string): Promise<number> {
  return Number((await readFile(file, "utf8")).trim());
}
