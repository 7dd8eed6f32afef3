import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { findViolations } from "../../support/browser/find-violations.js";
import { consoleStates, serveStates } from "../../support/browser/serve-states.js";
import type { FakeHttpServer } from "../../support/fakes/http-server.js";
import { ConsoleContext, type ConsolePage, type Left } from "./console-context.js";

const pages = fileURLToPath(new URL("../../../../dist/pages/", import.meta.url));

describe("Gzipped, the console takes at most", () => {
  const sizeOf = async (path: string) => gzipSync(await readFile(join(pages, path)), { level: 9 }).length / 1024;
  const sum = async (paths: Iterable<string>) =>
    (await Promise.all([...paths].map(sizeOf))).reduce((all, size) => all + size, 0);
  const html = () => readFile(join(pages, "console/index.html"), "utf8");

  /** A script, and all that it imports before it runs. */
  async function withImports(path: string, found = new Set<string>()): Promise<Set<string>> {
    if (found.has(path)) return found;
    found.add(path);
    const text = await readFile(join(pages, path), "utf8");
    for (const [, name = ""] of text.matchAll(/(?:from|import)\s?["'`]\.\/([\w-]+\.js)["'`]/g))
      await withImports(`assets/${name}`, found);
    return found;
  }

  const firstRoute = async () => {
    const [, script = ""] = /src="\/(assets\/console-[\w-]+\.js)"/.exec(await html()) ?? [];
    return withImports(script);
  };

  test("60 KiB for the inbox, and 12 KiB for its styles", async () => {
    expect(await sum(await firstRoute())).toBeLessThanOrEqual(60);
    const styles = [...(await html()).matchAll(/href="\/(assets\/[\w-]+\.css)"/g)].map(([, path = ""]) => path);
    expect(styles.length).toBeGreaterThan(0);
    expect(await sum(styles)).toBeLessThanOrEqual(12);
  });

  test("12 KiB more for any other page", async () => {
    const first = await firstRoute();
    const others = (await readdir(join(pages, "assets"))).filter((name) => /-(page|panel|view)-[\w-]+\.js$/.test(name));
    expect(others.length).toBeGreaterThan(9);
    for (const name of others) {
      const more = [...(await withImports(`assets/${name}`))].filter((path) => !first.has(path));
      expect([name, (await sum(more)) <= 12]).toEqual([name, true]);
    }
  });
});

(withoutChromium === null ? describe : describe.skip)(`The console's looks${withoutChromium ?? ""}`, () => {
  let console: ConsoleContext;
  let tab: ConsolePage;
  let ana: Left;
  let shown: FakeHttpServer;
  beforeAll(async () => {
    console = await ConsoleContext.setup();
    shown = await serveStates(consoleStates);
    ana = await console.visitorWhoLeft();
    await console.context.agent.reply(ana, "It is, come by.");
    await console.visitorWhoLeft(`${"Maximiliane ".repeat(14)}<b>Zoë</b> 🚲`);
    tab = await console.agent();
  });
  afterAll(async () => {
    await shown?.stop();
    await console?.teardown();
  });

  test.each(["light", "dark"] as const)(
    "axe finds nothing in any state of the outlook bar, %s",
    async (colorScheme) => {
      const page = await console.browser.newPage({ colorScheme });
      await page.goto(shown.url);
      await page.locator("figure").first().waitFor();
      expect(await page.locator("figure").count()).toBeGreaterThan(20);
      // Each is a region of its page, and has the same name as the others here.
      const found = await findViolations(page);
      expect(found.filter((one) => !one.startsWith("landmark-unique"))).toEqual([]);
      await page.close();
    },
  );

  const paths = [
    "open",
    "waiting",
    "stuck",
    "preferences",
    "deliveries",
    "suppressed",
    "inbound",
    "channels",
    "contact-form",
    "team",
    "website",
    "set-up",
  ];
  test.each(paths)(
    "axe finds nothing on the page %s, and nothing is wider than a phone, a tablet or a window",
    async (path) => {
      await tab.page.goto(`${console.url}/console/${path}`);
      await tab.page.locator("main.sheet").waitFor();
      await tab.page.waitForLoadState("networkidle");
      expect(await findViolations(tab.page)).toEqual([]);
      for (const width of [320, 390, 800, 1024, 1440]) {
        await tab.page.setViewportSize({ width, height: 800 });
        expect([path, width, await tab.page.evaluate("document.documentElement.scrollWidth")]).toEqual([
          path,
          width,
          width,
        ]);
      }
    },
  );

  test.each(["light", "dark"] as const)(
    "axe finds nothing in a conversation with its visitor, %s",
    async (colorScheme) => {
      await tab.page.emulateMedia({ colorScheme });
      await tab.open(ana);
      await tab.page.getByRole("complementary", { name: "Visitor" }).waitFor();
      await tab.page.waitForLoadState("networkidle");
      expect(await findViolations(tab.page)).toEqual([]);
    },
  );

  test("on a phone one thing is shown at a time, with tabs, and the bar's buttons are as wide as it", async () => {
    await tab.page.setViewportSize({ width: 390, height: 800 });
    await tab.page.goto(`${console.url}/console/open`);
    await tab.rows.first().waitFor();
    await tab.page.getByRole("link", { name: "Inbox" }).waitFor();
    await tab.row("Ana").click();
    await tab.log.waitFor();
    await expect(tab.rows.first().isVisible()).resolves.toBe(false);
    const hold = await tab.outlook.getByRole("button", { name: "Hold" }).boundingBox();
    expect(hold?.height).toBeGreaterThanOrEqual(40);
    expect(hold?.width).toBeGreaterThan(150);
    await tab.page.getByRole("button", { name: "Back to the list" }).click();
    await tab.rows.first().waitFor();
    await tab.page.setViewportSize({ width: 1440, height: 900 });
  });

  test("nothing was blocked, nothing failed, and nothing came from elsewhere", () => {
    expect(tab.failures).toEqual([]);
  });
});
