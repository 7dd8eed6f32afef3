import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, unlink, watch, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Client } from "pg";
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from "../../src/database/embedded/embedded-postgres.js";
import { findRunningEmbedded } from "../../src/database/embedded/running-embedded.js";
import type { Logger } from "../../src/logger.js";

jest.setTimeout(30_000);

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const modulePath = new URL("../../src/database/embedded/embedded-postgres.js", import.meta.url).href;

let freshDataDir: string;
let dataDir: string;
let directory: string;
let servers: EmbeddedPostgres[];
let processes: ChildProcess[];

let earlierDataDir: string;

beforeAll(async () => {
  earlierDataDir = await makeDataDir();
  const server = await startEmbeddedPostgres({ directory: join(earlierDataDir, "postgres"), logger: silent });
  await query(server.url, "CREATE TABLE note AS SELECT 'kept' AS text");
  await server.stop();
});

afterAll(() => rm(earlierDataDir, { recursive: true, force: true }));

beforeEach(async () => {
  freshDataDir = await makeDataDir();
  use(freshDataDir);
  servers = [];
  processes = [];
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  for (const child of processes) await end(child);
  await rm(freshDataDir, { recursive: true, force: true });
});

describe("The embedded database", () => {
  test("keeps its data between starts, and ends its process on stop", async () => {
    const first = await start();
    expect(first.url).toMatch(/^postgres:\/\/afterchat:[^@]+@127\.0\.0\.1:\d+\/afterchat$/);
    await query(first.url, "CREATE TABLE note AS SELECT 'kept' AS text");
    await first.stop();
    await first.exited;
    expect(isAlive(first.pid)).toBe(false);

    const second = await start();
    expect(await query(second.url, "SELECT text FROM note")).toEqual([{ text: "kept" }]);
    expect(await query(second.url, "SHOW timezone")).toEqual([{ TimeZone: "UTC" }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    await second.stop();
    await second.stop();
    expect(isAlive(second.pid)).toBe(false);
  });

  test("is durable unless durability is turned off", async () => {
    useEarlierData();
    const durable = await start({ durability: "full" });
    expect(await query(durable.url, "SHOW fsync")).toEqual([{ fsync: "on" }]);
    await durable.stop();
    const fast = await start({ durability: "none" });
    expect(await query(fast.url, "SHOW fsync")).toEqual([{ fsync: "off" }]);
  });

  test("starts on data that was copied with wider permissions", async () => {
    useEarlierData();
    await chmod(directory, 0o755);
    const server = await start();
    expect(await query(server.url, "SELECT text FROM note")).toEqual([{ text: "kept" }]);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test("requires its password, which only the current user can read", async () => {
    useEarlierData();
    const server = await start();
    const wrong = new URL(server.url);
    wrong.password = "wrong";
    await expect(query(wrong.href, "SELECT 1")).rejects.toThrow("password authentication failed");
    expect((await stat(`${directory}.password`)).mode & 0o777).toBe(0o600);
  });

  test("is found by another command while it runs, and not afterwards", async () => {
    expect(await findRunningEmbedded(directory)).toBeNull();
    useEarlierData();
    const server = await start();
    expect(await findRunningEmbedded(directory)).toBe(server.url);
    await server.stop();
    expect(await findRunningEmbedded(directory)).toBeNull();
  });

  test("sets a new password when the stored one was lost", async () => {
    useEarlierData();
    const first = await start();
    await first.stop();
    await unlink(`${directory}.password`);
    const second = await start();
    expect(new URL(second.url).password).not.toBe(new URL(first.url).password);
    expect(await query(second.url, "SELECT text FROM note")).toEqual([{ text: "kept" }]);
  });
});

describe("After a crash, the embedded database", () => {
  test("starts again without loss when its server was killed", async () => {
    useEarlierData();
    const first = await start({ durability: "full" });
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const second = await start({ durability: "full" });
    expect(await query(second.url, "SELECT text FROM note")).toEqual([{ text: "kept" }]);
  });

  test("stops the server that a killed program left behind, and takes over its data", async () => {
    useEarlierData();
    const { child, pid } = await startInProgram();
    await end(child);
    expect(isAlive(pid)).toBe(true);
    const server = await start();
    expect(isAlive(pid)).toBe(false);
    expect(await query(server.url, "SELECT text FROM note")).toEqual([{ text: "kept" }]);
  });

  test("starts when the dead server's process id belongs to another program, and leaves that program alone", async () => {
    useEarlierData();
    const first = await start({ durability: "full" });
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const unrelated = run(["-e", "process.stdin.resume()"]);
    await once(unrelated, "spawn");
    const pidFile = join(directory, "postmaster.pid");
    const [, ...rest] = (await readFile(pidFile, "utf8")).split("\n");
    await writeFile(pidFile, [unrelated.pid, ...rest].join("\n"));

    const second = await start();
    expect(await query(second.url, "SELECT text FROM note")).toEqual([{ text: "kept" }]);
    expect(unrelated.exitCode ?? unrelated.signalCode).toBeNull();
  });

  test("recovers from a program that was killed during its first start", async () => {
    const child = runProgram();
    for await (const change of watch(dataDir)) if (change.filename?.includes("initializing")) break;
    await end(child);
    expect(await readdir(dataDir)).not.toContain("postgres");

    const server = await start();
    expect(await query(server.url, "SELECT current_user")).toEqual([{ current_user: "afterchat" }]);
  });
});

describe("A second program on the same DATA_DIR", () => {
  test("is refused with the first one's process id, and the first keeps running", async () => {
    useEarlierData();
    const { url, child } = await startInProgram();
    await expect(start()).rejects.toThrow(
      `DATA_DIR ${dataDir} is in use by another running program (process ${child.pid})`,
    );
    expect(await query(url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    child.stdin?.end();
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  test("never runs as well when several start at the same moment", async () => {
    const outcomes = await Promise.allSettled([start(), start(), start()]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
  });

  test("starts as soon as the first has stopped", async () => {
    useEarlierData();
    await (await start()).stop();
    await (await start()).stop();
  });
});

describe("The server's binaries", () => {
  test("get the symbolic links that a blocked install script did not create", async () => {
    useEarlierData();
    const packageDirectory = await copyPackage();
    const server = await start({ packageDirectory });
    expect(await query(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("are copied to a directory that the server can use when it cannot use them in place", async () => {
    useEarlierData();
    const packageDirectory = await copyPackage();
    const copiesDirectory = join(freshDataDir, "copies");
    await mkdir(copiesDirectory);
    // A user other than root cannot complete it; root's server, which runs as another user, cannot enter it.
    await chmod(join(packageDirectory, "native", "lib"), 0o500);
    await chmod(packageDirectory, 0o500);
    const server = await start({ packageDirectory, copiesDirectory });
    expect(await query(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await server.stop();
    const [copy, ...others] = await readdir(copiesDirectory);
    expect(others).toEqual([]);

    await rm(join(copiesDirectory, String(copy), "native", "share"), { recursive: true });
    await start({ packageDirectory, copiesDirectory });
    expect(await readdir(copiesDirectory)).toEqual([copy]);
    await chmod(packageDirectory, 0o755);
    await chmod(join(packageDirectory, "native", "lib"), 0o755);
  });
});

describe("A start that cannot succeed", () => {
  test("names the version of the existing data", async () => {
    await mkdir(directory);
    await writeFile(join(directory, "PG_VERSION"), "15\n");
    await expect(start()).rejects.toThrow(/holds data of PostgreSQL 15, but the embedded server is PostgreSQL \d+/);
  });

  test("leaves a directory with unrelated files alone", async () => {
    await mkdir(directory);
    await writeFile(join(directory, "notes.txt"), "not a database");
    await expect(start()).rejects.toThrow("is not empty and holds no PostgreSQL data");
    expect(await readdir(directory)).toEqual(["notes.txt"]);
  });

  test("shows the end of the server's log, and does not prevent the next start", async () => {
    useEarlierData();
    await (await start()).stop();
    const settings = join(directory, "postgresql.conf");
    const intact = await readFile(settings, "utf8");
    await writeFile(settings, `${intact}\nnonsense = 1\n`);
    await expect(start()).rejects.toThrow('unrecognized configuration parameter "nonsense"');
    await writeFile(settings, intact);
    await start();
  });
});

async function makeDataDir(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "afterchat-test-"));
  await chmod(path, 0o755);
  return path;
}

function use(chosenDataDir: string): void {
  dataDir = chosenDataDir;
  directory = join(dataDir, "postgres");
}

/** Uses a DATA_DIR with a note from an earlier run, because a first start takes much longer. */
function useEarlierData(): void {
  use(earlierDataDir);
}

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory, logger: silent, durability: "none", ...options });
  servers.push(server);
  return server;
}

/** Another program that starts the database and runs until it is killed. */
function runProgram(): ChildProcess {
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(modulePath)});
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const server = await startEmbeddedPostgres({ directory: ${JSON.stringify(directory)}, logger, durability: "none" });
    console.log(JSON.stringify({ url: server.url, pid: server.pid }));
    process.stdin.on("end", () => server.stop()).resume();
  `;
  return run(["--input-type=module", "-e", script]);
}

async function startInProgram(): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const child = runProgram();
  if (child.stdout === null) throw new Error("no output");
  const [line] = await once(createInterface(child.stdout), "line");
  return { child, ...JSON.parse(line) };
}

function run(parameters: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, parameters, { stdio: ["pipe", "pipe", "inherit"] });
  processes.push(child);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** A copy of the installed package as a package manager without install scripts unpacks it; without most time zones, to be quick. */
async function copyPackage(): Promise<string> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const packageDirectory = join(freshDataDir, "package");
  cpSync(dirname(dirname(entry)), packageDirectory, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !/[/\\]timezone[/\\]\w+[/\\]/.test(file),
  });
  const list = JSON.parse(await readFile(join(packageDirectory, "native", "pg-symlinks.json"), "utf8"));
  for (const { target } of list) await rm(join(packageDirectory, target), { force: true });
  return packageDirectory;
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** An orphan that has ended stays a zombie where the first process of a container does not wait for it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
