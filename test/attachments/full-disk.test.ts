import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { Logger } from "../../src/logger.js";
import { createLogger } from "../../src/logger.js";
import { TestContext } from "../support/app/test-context.js";
import { post, refused, send, upload } from "../support/app/upload.js";

/** A real file system of 3 MB, or the reason why none could be mounted: that requires root. */
function mountSmallDisk(): { readonly directory: string } | { readonly missing: string } {
  const directory = mkdtempSync(join(tmpdir(), "afterchat-full-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", directory], { stdio: "pipe" });
    return { directory };
  } catch (error) {
    rmdirSync(directory);
    return { missing: error instanceof Error ? error.message.trim() : String(error) };
  }
}

const disk = mountSmallDisk();
const directory = "directory" in disk ? disk.directory : null;
if ("missing" in disk)
  process.stderr.write(`Skipped: a full disk. No file system could be mounted: ${disk.missing}.\n`);
const testOnDisk = directory === null ? test.skip : test;

afterAll(() => {
  if (directory === null) return;
  execFileSync("umount", [directory]);
  rmdirSync(directory);
});

testOnDisk(
  "A full disk refuses an upload with an explanation, keeps no partial file, and accepts files that fit",
  async () => {
    const logged: string[] = [];
    const logger: Logger = { ...createLogger("silent"), error: (message) => void logged.push(message) };
    const context = await TestContext.setup({ DATA_DIR: directory ?? "" }, { agent: "offline", logger });
    try {
      const visitor = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
      const small = { content: new Uint8Array(200_000), name: "small.bin" };
      const large = { content: new Uint8Array(5_000_000), name: "large.bin" };
      const [first, over, second] = await Promise.all([
        upload(visitor.client, small),
        refused(post(visitor.client, large)),
        upload(visitor.client, small),
      ]);
      expect(over).toEqual({
        status: 507,
        message: "The server's storage is full: try again later, or send the message without the file.",
      });
      expect(logged).toEqual(["The attachment storage is full: an upload was rejected"]);
      // Received in full, without room to store it next to the received copy.
      expect((await refused(post(visitor.client, { content: new Uint8Array(1_800_000) }))).status).toBe(507);
      const files = execFileSync("find", [directory ?? "", "-type", "f", "-printf", "%f\n"], { encoding: "utf8" });
      expect(files.trim().split("\n").sort()).toEqual([first.id, second.id].sort());
      const attachmentIds = [first.id, second.id];
      const message = await send(visitor.client, { conversationId: visitor.conversationId, text: "", attachmentIds });
      const download = await fetch(message.attachments[1].url);
      expect((await download.arrayBuffer()).byteLength).toBe(200_000);
      await upload(visitor.client, small);
    } finally {
      await context.teardown();
    }
  },
);
