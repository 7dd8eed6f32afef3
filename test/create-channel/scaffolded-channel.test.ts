import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { signWebhook } from "afterchat/channel";
import { Program } from "../support/app/program.js";
import { adminEmail, adminPassword } from "../support/app/test-app.js";
import { FakeHttpServer } from "../support/fakes/http-server.js";
import { webhookSecretOf } from "../support/fakes/webhook-secret.js";
import { createTestDatabase } from "../support/services/test-database.js";

// They run a compiler, npm pack and Afterchat itself, on a busy machine.
jest.setTimeout(120_000);

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const command = "node_modules/afterchat/dist/src/command.js";
const { PATH = "", HOME = "" } = process.env;
const run = (file: string, given: readonly string[], cwd: string) =>
  promisify(execFile)(file, [...given], { cwd, env: { PATH, HOME } });
const runNode = (given: readonly string[], cwd: string) => run(process.execPath, given, cwd);

/** An empty folder in which the tarball of `npm pack` is installed. */
let home: string;
let folder: string;

/** Packs a package and unpacks it where `npm install` would put it. */
async function installPacked(source: string, name: string): Promise<void> {
  const given = ["pack", "--ignore-scripts", "--silent", "--pack-destination", home];
  const { stdout } = await run("npm", given, source);
  const target = join(home, "node_modules", name);
  await mkdir(target, { recursive: true });
  await run("tar", ["-xzf", join(home, stdout.trim()), "-C", target, "--strip-components=1"], home);
}

/** Links packages instead of installing them; packages that are not dependencies are still not found. */
async function linkPackages(names: readonly string[], into: string): Promise<void> {
  for (const name of names) {
    const source = join(repository, "node_modules", name);
    const target = join(into, "node_modules", name);
    const there = await access(source).then(
      () => true,
      () => false,
    );
    // A package for another platform.
    if (!there) continue;
    await mkdir(dirname(target), { recursive: true });
    await symlink(source, target);
  }
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "afterchat-installed-"));
  folder = join(home, "afterchat-channel-pigeon-post");
  await installPacked(repository, "afterchat");
  const manifest = JSON.parse(await readFile(join(home, "node_modules/afterchat/package.json"), "utf8"));
  await linkPackages(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }), home);
});
afterAll(async () => {
  await Program.killAll();
  await rm(home, { recursive: true, force: true });
});

describe("afterchat create-channel", () => {
  test("creates a package that compiles and passes the installed contract kit unchanged", async () => {
    const { stdout } = await runNode([command, "create-channel", "pigeon-post"], home);
    expect(stdout).toContain("Created afterchat-channel-pigeon-post");
    expect((await readdir(folder)).sort()).toEqual(
      [".env.example", ".gitignore", "README.md", "package.json", "src", "test", "tsconfig.json"].sort(),
    );
    const { scripts, devDependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    expect(devDependencies.afterchat).toMatch(/^\^\d/);
    await linkPackages(["typescript", "@types/node"], folder);
    await runNode(["node_modules/typescript/bin/tsc"], folder);
    const { stdout: report } = await runNode(scripts.test.split(" ").slice(1), folder);
    expect(report).toMatch(/^(#|ℹ) fail 0$/m);
    expect(Number(/^(?:#|ℹ) pass (\d+)/m.exec(report)?.[1])).toBeGreaterThan(30);
  });

  test("creates a channel that can be packed, installed and listed in CHANNELS, and that receives and sends", async () => {
    await installPacked(folder, "afterchat-channel-pigeon-post");
    const sent = Promise.withResolvers<{ readonly to: string; readonly text: string }>();
    const vendor = await FakeHttpServer.start(({ path, body }) => {
      if (path === "/messages") sent.resolve(JSON.parse(body));
      return { status: 200, body: '{"id":"m-1"}' };
    });
    const database = await createTestDatabase();
    try {
      const secret = webhookSecretOf("the secret of the webhooks");
      const settings = {
        CHANNELS: "afterchat-channel-pigeon-post",
        PIGEON_POST_API_URL: vendor.url,
        PIGEON_POST_API_TOKEN: "token of the vendor",
        PIGEON_POST_WEBHOOK_SECRET: secret,
        DATABASE_URL: database.url,
        DATA_DIR: join(home, "data"),
        APP_SECRET: "a secret of the tests that is long enough",
        ADMIN_EMAIL: adminEmail,
        ADMIN_PASSWORD: adminPassword,
      };
      const program = await Program.start(settings, { file: join(home, command), directory: home });
      const written = { id: "1", from: "+351912345678", text: "Is my bike ready?", at: new Date().toISOString() };
      const body = JSON.stringify(written);
      const headers = signWebhook(secret, "1", body, new Date());
      const response = await fetch(`${program.url}/webhooks/pigeon-post`, { method: "POST", headers, body });
      expect(response.status).toBe(204);

      const agent = await program.signInAdmin(adminPassword);
      const { conversations } = await agent.do(
        "{ channels { id health { status } } conversations { nodes { id channel { name } messages { nodes { text } } } } }",
      );
      expect(conversations.nodes).toMatchObject([
        { channel: { name: "Pigeon post" }, messages: { nodes: [{ text: "Is my bike ready?" }] } },
      ]);
      await agent.do("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
        input: { conversationId: conversations.nodes[0].id, text: "It is, come by." },
      });
      expect(await sent.promise).toEqual({ to: "+351912345678", text: "It is, come by." });
      await program.end("SIGTERM");
    } finally {
      await Program.killAll();
      await vendor.stop();
      await database.drop();
    }
  });

  test("creates the channel listed in the guide, in at most 80 lines", async () => {
    const guide = await readFile(join(repository, "docs/write-a-channel.md"), "utf8");
    const [, listing = ""] = /```ts\n(.*?)```/s.exec(guide) ?? [];
    expect(listing.trimEnd().split("\n").length).toBeLessThanOrEqual(80);
    await runNode([command, "create-channel", "sms"], home);
    expect(await readFile(join(home, "afterchat-channel-sms/src/sms.ts"), "utf8")).toBe(listing);
  });

  test("leaves no trace of the template's name", async () => {
    for (const path of ["src/pigeon-post.ts", "test/pigeon-post-vendor.ts", "test/pigeon-post.test.ts", "README.md"]) {
      expect(await readFile(join(folder, path), "utf8")).not.toMatch(/sms/i);
    }
    const source = await readFile(join(folder, "src/pigeon-post.ts"), "utf8");
    for (const name of ["pigeonPostChannel", "PIGEON_POST_API_URL", '"Pigeon post"', '"pigeon-post"']) {
      expect(source).toContain(name);
    }
  });

  test("depends on a copy of Afterchat when it is run from a checkout", async () => {
    await runNode([join(repository, "dist/src/command.js"), "create-channel", "checked-out"], home);
    const made = join(home, "afterchat-channel-checked-out");
    const { devDependencies } = JSON.parse(await readFile(join(made, "package.json"), "utf8"));
    expect(join(made, devDependencies.afterchat.replace(/^file:/, ""), "/")).toBe(repository);
    expect(await readFile(join(made, ".npmrc"), "utf8")).toBe("install-links=true\n");
  });

  test.each([
    ["an id that is taken", ["create-channel", "pigeon-post"], /already exists/],
    ["an invalid id", ["create-channel", "Pigeon Post"], /cannot be a channel's id/],
    ["an unknown command", ["fly"], /Unknown command/],
  ])("says what to do about %s", async (_, given, message) => {
    const failed = runNode([command, ...given], home).then(
      () => null,
      (error: { readonly stderr: string }) => error.stderr,
    );
    expect(await failed).toMatch(message);
  });
});
