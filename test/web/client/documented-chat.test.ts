import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { launchChromium, withoutChromium } from "../../support/browser/chromium.js";
import { ChatHarness } from "./chat-harness.js";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const client = join(repository, "dist/web/client/client.js");

/** The script of one module and all that it imports, minified as for a website. */
async function bundle(entry: string): Promise<string> {
  const result = await build({
    root: repository,
    configFile: false,
    logLevel: "error",
    resolve: { alias: { "afterchat/client": client } },
    build: { write: false, rolldownOptions: { input: entry, preserveEntrySignatures: "strict" } },
  });
  const [first] = [result].flat();
  if (first === undefined || !("output" in first)) throw new Error("Nothing was built.");
  return first.output[0].code;
}

test("The client library has at most 12 KiB, gzipped, with graphql-ws", async () => {
  const code = await bundle(client);
  expect(gzipSync(code, { level: 9 }).length / 1024).toBeLessThanOrEqual(12);
});

describe("docs/client.md", () => {
  let page: string;

  beforeAll(async () => {
    const text = await readFile(join(repository, "docs/client.md"), "utf8");
    page = /```html\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  });

  test("has a chat in 60 lines", () => {
    expect(page).toContain("afterchat/client");
    expect(page.trim().split("\n").length).toBeLessThanOrEqual(60);
  });

  (withoutChromium === null ? describe : describe.skip)(`in Chromium${withoutChromium ?? ""}`, () => {
    let harness: ChatHarness;
    let browser: Browser;
    let website: Server | undefined;
    let scratch: string | undefined;
    let address: string;

    beforeAll(async () => {
      [harness, browser] = await Promise.all([ChatHarness.start(), launchChromium()]);
      scratch = await mkdtemp(join(tmpdir(), "afterchat-page-"));
      const [markup = "", script = ""] = page.split(/<script type="module">|<\/script>/);
      const entry = join(scratch, "page.js");
      await writeFile(entry, script.replace("http://localhost:4000", harness.app.url));
      const code = await bundle(entry);
      website = createServer((request, response) => {
        const isScript = request.url === "/bundle.js";
        response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
        response.end(isScript ? code : `${markup}<script type="module" src="/bundle.js"></script>`);
      });
      website.listen(0, "127.0.0.1");
      await once(website, "listening");
      address = `http://127.0.0.1:${(website.address() as AddressInfo).port}/`;
    });

    afterAll(async () => {
      await browser?.close();
      website?.closeAllConnections();
      website?.close();
      await harness?.stop();
      if (scratch !== undefined) await rm(scratch, { recursive: true });
    });

    test("holds a conversation, asks for the address when it must, and survives a reload", async () => {
      await harness.setContactForm("REQUIRED");
      const tab = await browser.newPage();
      const failures: string[] = [];
      tab.setDefaultTimeout(8_000);
      tab.on("pageerror", (error) => failures.push(error.message));
      await tab.goto(address);
      await tab.getByLabel("Message").fill("Is my blue tourer ready?");
      await tab.getByRole("button", { name: "Send", exact: true }).click();
      await tab.getByLabel("Where should the answer go?").fill("ana@example.com");
      await tab.getByRole("button", { name: "Send message" }).click();
      await tab.getByText("You: Is my blue tourer ready?", { exact: true }).waitFor();
      const { conversations } = await harness.admin.do("{ conversations { nodes { id visitor { email } } } }");
      expect(conversations.nodes).toMatchObject([{ visitor: { email: "ana@example.com" } }]);
      await harness.reply(conversations.nodes[0].id, "It is! <b>Come</b> by.");
      await tab.getByText("Admin: It is! <b>Come</b> by.", { exact: true }).waitFor();
      await tab.reload();
      await tab.getByText("Admin: It is! <b>Come</b> by.", { exact: true }).waitFor();
      expect(await tab.getByRole("listitem").count()).toBe(2);
      expect(failures).toEqual([]);
    });
  });
});
