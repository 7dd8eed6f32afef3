import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { findNewerNode } from "../../../src/command/find-newer-node.js";
import { isSupported } from "../../../src/command/required-node.js";
import { compileCache } from "../../support/app/program.js";

// Starting processes is slow on a busy machine.
jest.setTimeout(60_000);

const source = fileURLToPath(new URL("../../../src", import.meta.url));
const command = join(source, "command.js");
const manifest = new URL("../../../../package.json", import.meta.url);

/** An empty folder to work in. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "afterchat-command-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(parameters: readonly string[], environment: Readonly<Record<string, string>> = {}, cwd = folder) {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, NODE_COMPILE_CACHE: compileCache, ...environment };
  const child = spawn(process.execPath, [...parameters], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  return { child, ended: readAll(child) };
}

async function readAll(child: ChildProcess): Promise<Ended> {
  const ended = once(child, "close");
  const read = async (stream: Readable | null) => (stream === null ? "" : text(stream));
  const [stdout, stderr, [code, signal]] = await Promise.all([read(child.stdout), read(child.stderr), ended]);
  return { code, signal, stdout, stderr };
}

const run = (parameters: readonly string[], environment = {}, cwd = folder) =>
  start(parameters, environment, cwd).ended;

async function write(name: string, lines: readonly string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, lines.join("\n"));
  return file;
}

describe("afterchat", () => {
  test.each([["--help"], ["-h"], ["help"], ["create-channel", "--help"]])(
    "%s %s prints its usage",
    async (...parameters) => {
      const { code, stdout } = await run([command, ...parameters.filter(Boolean)]);
      expect(code).toBe(0);
      for (const words of ["Usage: afterchat", "[start]", "email-check", "create-channel <id>"]) {
        expect(stdout).toContain(words);
      }
    },
  );

  test("--version prints the package's version", async () => {
    const { version } = JSON.parse(await readFile(manifest, "utf8"));
    expect(await run([command, "--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test.each([
    { parameters: ["fly"], words: "Unknown command: fly" },
    { parameters: ["--port", "80"], words: "Unknown option: --port" },
    { parameters: ["start", "--port"], words: "start takes no arguments: --port" },
    { parameters: ["create-channel"], words: "create-channel takes one argument, the id of the new channel" },
    {
      parameters: ["create-channel", "sms", "mms"],
      words: "create-channel takes one argument, the id of the new channel",
    },
  ])("refuses $parameters and prints the usage", async ({ parameters, words }) => {
    const { code, stdout, stderr } = await run([command, ...parameters]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(words);
    expect(stderr).toContain("Usage: afterchat");
  });
});

describe("A file .env in the working directory", () => {
  beforeAll(() => write(".env", ["ROLE=boss", "PORT=eighty"]));
  afterAll(() => rm(join(folder, ".env"), { recursive: true }));

  test.each([
    ["start", []],
    ["email-check", ["email-check"]],
  ])("provides settings for %s; the environment takes precedence", async (_, parameters) => {
    const { code, stdout, stderr } = await run([command, ...parameters], { PORT: "0", LOG_LEVEL: "loud" });
    const output = stdout + stderr;
    expect(code).toBe(1);
    expect(output).toContain("ROLE must be all");
    expect(output).toContain("LOG_LEVEL must be debug");
    expect(output).not.toContain("PORT");
  });

  test("is also read by npm start and npm run email:check", async () => {
    const { scripts } = JSON.parse(await readFile(manifest, "utf8"));
    expect(scripts.start).toContain("node --env-file-if-exists=.env ");
    expect(scripts["email:check"]).toContain("node --env-file-if-exists=.env ");
  });

  test("is named when it cannot be read", async () => {
    const elsewhere = join(folder, "elsewhere");
    await mkdir(join(elsewhere, ".env"), { recursive: true });
    const { code, stderr } = await run([command], {}, elsewhere);
    expect(code).toBe(1);
    expect(stderr).toMatch(/elsewhere\/\.env cannot be read \(.+\): make it readable, or remove it\.\n$/);
  });
});

describe("On a Node that is too old", () => {
  test.each([
    ["20.20.2", false],
    ["22.16.9", false],
    ["22.17.0", true],
    ["23.0.0", true],
    ["24.21.0", true],
  ])("%s: %p", (version, supported) => {
    expect(isSupported(version)).toBe(supported);
  });

  /** Makes Node report an old version, but not in its child processes. */
  const oldNode = () =>
    write("old-node.mjs", [
      'if (process.env.IS_CHILD === undefined) Object.defineProperty(process.versions, "node", { value: "20.20.2" });',
      'process.env.IS_CHILD = "yes";',
    ]);
  const testWithPackage = findNewerNode() === null ? test.skip : test;

  testWithPackage("the command continues on the Node from the package, with all its parameters", async () => {
    const { version } = JSON.parse(await readFile(manifest, "utf8"));
    const preload = ["--import", await oldNode()];
    expect(await run([...preload, command, "--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
    expect(await run([...preload, command, "fly"])).toMatchObject({ code: 1, stdout: "" });
  });

  test("without such a package the command says which Node is needed", async () => {
    const withoutPackage = join(folder, "withoutPackage");
    await cp(join(source, "command"), join(withoutPackage, "command"), { recursive: true });
    await cp(command, join(withoutPackage, "command.js"));
    await writeFile(join(withoutPackage, "package.json"), '{ "type": "module" }');
    expect(await run(["--import", await oldNode(), join(withoutPackage, "command.js")])).toMatchObject({
      code: 1,
      stderr:
        "Afterchat requires Node 22.17 or later, but this is Node 20.20.2: install a newer one, such as 24, from https://nodejs.org.\n",
    });
  });

  test("signals are passed on, and the exit code is returned", async () => {
    const child = await write("child.mjs", [
      'process.on("SIGTERM", () => process.exit(5));',
      "setInterval(() => {}, 1_000);",
      'console.log("up");',
    ]);
    const parent = await write("parent.mjs", [
      `import { runOn } from ${JSON.stringify(join(source, "command/run-on.js"))};`,
      `process.exitCode = await runOn(process.execPath, [${JSON.stringify(child)}]);`,
    ]);
    const running = start([parent]);
    await once(running.child.stdout, "data");
    running.child.kill("SIGTERM");
    expect(await running.ended).toMatchObject({ code: 5, signal: null });
  });

  test("a Node that cannot run here is ignored", async () => {
    const parent = await write("parent-of-none.mjs", [
      `import { runOn } from ${JSON.stringify(join(source, "command/run-on.js"))};`,
      'console.log(await runOn("/there/is/no/node", []));',
    ]);
    expect(await run([parent])).toMatchObject({ code: 0, stdout: "null\n" });
  });
});

test("The command ends when the shell in which npm runs it ends", async () => {
  const child = await write("with-npm.mjs", [
    `import { stopWithNpm } from ${JSON.stringify(join(source, "command/stop-with-npm.js"))};`,
    "stopWithNpm();",
    'process.on("SIGTERM", () => { console.log("stopped"); process.exit(); });',
    "setInterval(() => {}, 1_000);",
    'console.log("up");',
  ]);
  // The second command prevents the shell from replacing its process with the first.
  const script = `"${process.execPath}" "${child}"; true`;
  const shell = spawn("sh", ["-c", script], { env: { npm_lifecycle_event: "npx" }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = readAll(shell);
  await once(shell.stdout, "data");
  shell.kill("SIGTERM");
  // Its outputs close when the command has ended too.
  expect(await ended).toMatchObject({ signal: "SIGTERM", stdout: "up\nstopped\n" });
});
