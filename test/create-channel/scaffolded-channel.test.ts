import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";

// A compiler and a test run of their own, on a busy machine.
jest.setTimeout(90_000);

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const command = join(repository, "dist/src/command.js");
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "afterchat-scaffold-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const { PATH = "" } = process.env;
const run = (file: string, given: readonly string[], cwd: string) =>
  promisify(execFile)(process.execPath, [file, ...given], { cwd, env: { PATH } });

/** The packages that `npm install` brings, as links to those of this repository; `npm run packed` installs them. */
async function install(folder: string): Promise<void> {
  await mkdir(join(folder, "node_modules", "@types"), { recursive: true });
  await symlink(repository, join(folder, "node_modules", "afterchat"));
  for (const name of ["zod", "typescript", "@types/node"]) {
    await symlink(join(repository, "node_modules", name), join(folder, "node_modules", name));
  }
}

describe("afterchat create-channel", () => {
  test("makes a package that compiles and passes the contract kit, unchanged", async () => {
    const { stdout } = await run(command, ["create-channel", "pigeon-post"], home);
    expect(stdout).toContain("afterchat-channel-pigeon-post is made");
    const folder = join(home, "afterchat-channel-pigeon-post");
    expect((await readdir(folder)).sort()).toEqual(
      [".env.example", ".gitignore", ".npmrc", "README.md", "package.json", "src", "test", "tsconfig.json"].sort(),
    );
    await install(folder);
    await run("node_modules/typescript/bin/tsc", [], folder);
    const { test: script } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")).scripts;
    const given = script.split(" ").slice(1);
    const { stdout: report } = await promisify(execFile)(process.execPath, given, { cwd: folder, env: { PATH } });
    expect(report).toMatch(/^# fail 0$|ℹ fail 0$/m);
    expect(Number(/(?:#|ℹ) pass (\d+)/.exec(report)?.[1])).toBeGreaterThan(30);
  });

  test("makes the channel that the guide prints, which has at most 80 lines", async () => {
    const guide = await readFile(join(repository, "docs/write-a-channel.md"), "utf8");
    const [, listing = ""] = /```ts\n(.*?)```/s.exec(guide) ?? [];
    expect(listing.trimEnd().split("\n").length).toBeLessThanOrEqual(80);
    await run(command, ["create-channel", "sms"], home);
    expect(await readFile(join(home, "afterchat-channel-sms/src/sms.ts"), "utf8")).toBe(listing);
  });

  test("leaves nothing of the template's name in it", async () => {
    const folder = join(home, "afterchat-channel-pigeon-post");
    for (const path of ["src/pigeon-post.ts", "test/pigeon-post-vendor.ts", "test/pigeon-post.test.ts", "README.md"]) {
      expect(await readFile(join(folder, path), "utf8")).not.toMatch(/sms/i);
    }
    const source = await readFile(join(folder, "src/pigeon-post.ts"), "utf8");
    for (const name of ["pigeonPostChannel", "PIGEON_POST_API_URL", '"Pigeon post"', '"pigeon-post"']) {
      expect(source).toContain(name);
    }
  });

  test.each([
    ["an id that is taken", ["create-channel", "pigeon-post"], /is there already/],
    ["an id that cannot be one", ["create-channel", "Pigeon Post"], /cannot be a channel's id/],
    ["no id", ["create-channel"], /There is no such command/],
    ["another command", ["fly"], /There is no such command/],
  ])("says what to do about %s", async (_, given, message) => {
    const failed = run(command, given, home).then(
      () => null,
      (error: { readonly stderr: string }) => error.stderr,
    );
    expect(await failed).toMatch(message);
  });
});
