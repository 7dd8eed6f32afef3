import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { serveStates, widgetStates } from "../../support/browser/serve-states.js";
import type { FakeHttpServer } from "../../support/fakes/http-server.js";
import { WidgetContext } from "./widget-context.js";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const pages = join(repository, "dist/pages");

describe("Gzipped, the chat takes at most", () => {
  const sizeOf = async (path: string) => gzipSync(await readFile(join(pages, path)), { level: 9 }).length / 1024;
  const assets = async () => {
    const html = await readFile(join(pages, "widget/index.html"), "utf8");
    return [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);
  };

  test("3 KiB for its loader", async () => {
    expect(await sizeOf("afterchat.js")).toBeLessThanOrEqual(3);
  });

  test("30 KiB for the widget's scripts with its English texts, and 6 KiB for its styles", async () => {
    const files = await assets();
    const main = await readFile(join(pages, files.find((path) => path.endsWith(".js")) ?? ""), "utf8");
    const english = `/assets/${/["'`]\.\/(en-[\w-]+\.js)["'`]/.exec(main)?.[1]}`;
    const scripts = [...files.filter((path) => path.endsWith(".js")), english];
    const sum = async (paths: readonly string[]) =>
      (await Promise.all(paths.map(sizeOf))).reduce((all, size) => all + size, 0);
    expect(await sum(scripts)).toBeLessThanOrEqual(30);
    expect(await sum(files.filter((path) => path.endsWith(".css")))).toBeLessThanOrEqual(6);
  });
});

(withoutChromium === null ? describe : describe.skip)(`The widget's looks${withoutChromium ?? ""}`, () => {
  let widget: WidgetContext;
  let shown: FakeHttpServer;
  beforeAll(async () => {
    widget = await WidgetContext.setup();
    await widget.setContactForm("OFF");
    shown = await serveStates(widgetStates);
  });
  afterAll(async () => {
    await shown?.stop();
    await widget?.teardown();
  });

  const axe = () =>
    readFile(join(repository, "node_modules/axe-core/axe.min.js"), "utf8").then(
      (script) => `${script}; axe.run({ resultTypes: ["violations"] })`,
    );

  test.each(["light", "dark"] as const)("34 axe finds nothing in any state, %s", async (colorScheme) => {
    const { browser } = await widget.person({ colorScheme });
    const page = await browser.newPage();
    await page.goto(shown.url);
    await page.locator("figure").first().waitFor();
    // One after the other: ids are unique within each only.
    const count = await page.locator("figure").count();
    expect(count).toBeGreaterThan(12);
    const states = await Promise.all(
      Array.from({ length: count }, (_, index) => page.locator("figure").nth(index).getAttribute("data-state")),
    );
    const found: unknown[] = [];
    for (const state of states) {
      await page.goto(`${shown.url}/?only=${state}`);
      await page.locator("figure").waitFor();
      const { violations } = (await page.evaluate(await axe())) as { violations: { id: string; impact: string }[] };
      // The card beside the launcher is no page of its own.
      const counts = ({ id }: { id: string }) => !(state === "peek" && id === "page-has-heading-one");
      found.push(...violations.filter(counts).map(({ id, impact }) => ({ state, id, impact })));
    }
    expect(found).toEqual([]);
  });

  test("34 and in the real widget, with the page around it", async () => {
    const tab = await widget.visitor();
    await tab.frame.getByRole("button", { name: "More" }).click();
    const frame = tab.page.frames().find((each) => each.url().endsWith("/widget"));
    for (const part of [frame, tab.page.mainFrame()]) {
      const result = (await part?.evaluate(await axe())) as { violations: { id: string }[] };
      expect(
        result.violations.map(({ id }) => id).filter((id) => id !== "region" && id !== "landmark-one-main"),
      ).toEqual([]);
    }
  });

  test("33 everything can be done with the keyboard alone", async () => {
    const tab = await (await widget.person()).visit();
    await tab.page.keyboard.press("Tab");
    await tab.page.keyboard.press("Tab");
    await tab.page.keyboard.press("Enter");
    await tab.frame.getByRole("button", { name: "Write to us" }).waitFor();
    const focused = (): Promise<string> =>
      tab.frame
        .locator(":focus")
        .evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent");
    await tab.page.keyboard.press("Tab");
    expect(await focused()).toBe("Close the chat");
    await tab.page.keyboard.press("Tab");
    expect(await focused()).toBe("Write to us");
    await tab.page.keyboard.press("Enter");
    await tab.frame.locator("textarea:focus").waitFor();
    await tab.page.keyboard.type("Is my bike ready?");
    await tab.page.keyboard.press("Enter");
    await tab.frame.getByText("Sent", { exact: true }).waitFor();
    const order: string[] = [];
    for (let index = 0; index < 4; index++) {
      await tab.page.keyboard.press("Shift+Tab");
      order.push(await focused());
    }
    expect(order).toEqual(["Attach a file", "Messages", "Close the chat", "More"]);
    await tab.page.keyboard.press("Enter");
    await tab.frame.getByRole("menuitemcheckbox", { name: "Play a sound" }).waitFor();
    await tab.page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("Your conversations");
    await tab.page.keyboard.press("Escape");
    expect(await focused()).toBe("More");
    await tab.page.keyboard.press("Escape");
    await tab.page.locator("button:focus").waitFor();
    expect(await tab.launcher.getAttribute("aria-label")).toBe("Open the chat");
  });

  test("36 moves nothing for who wants less motion, and says in words who is typing", async () => {
    const tab = await widget.visitor("Hello", { reducedMotion: "reduce" });
    const { id } = await widget.newestConversation();
    await widget.agent.client.do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id });
    await tab.frame.getByText("Admin is typing").waitFor({ state: "visible" });
    const moving = "document.getAnimations().length";
    expect(await tab.frame.locator("body").evaluate(moving)).toBe(0);
    expect(await tab.page.evaluate(moving)).toBe(0);
  });

  test.each([
    ["37 at 390 px", { width: 390, height: 844 }],
    ["at 200 % zoom, which is 320 px", { width: 320, height: 400 }],
  ])("%s it fills the screen, and nothing is cut off", async (_name, viewport) => {
    const tab = await widget.visitor("A".repeat(400), { viewport });
    expect(await tab.page.locator("iframe[title=Chat]").boundingBox()).toEqual({ x: 0, y: 0, ...viewport });
    const wide = "document.documentElement.scrollWidth > innerWidth";
    expect(await tab.frame.locator("body").evaluate(wide)).toBe(false);
    expect(await tab.page.evaluate(wide)).toBe(false);
    const sizes = await Promise.all((await tab.frame.getByRole("button").all()).map((button) => button.boundingBox()));
    for (const box of sizes) expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(40);
  });

  test("38 in Arabic it runs from right to left, with the visitor's own words in their own direction", async () => {
    const person = await widget.person({ locale: "ar-EG" });
    const arabic = await person.visit();
    await arabic.launcher.click();
    await arabic.frame.getByRole("button", { name: "راسلنا" }).click();
    await arabic.write("مساء الخير!");
    await arabic.frame.getByText("أُرسلت", { exact: true }).waitFor();
    await arabic.write("WBK-2210");
    await arabic.message("WBK-2210").waitFor();
    expect(await arabic.dialog.getAttribute("dir")).toBe("rtl");
    const own = await arabic.message("WBK-2210").boundingBox();
    const field = await arabic.field.boundingBox();
    // Own messages are at the end of the line, which is on the left.
    expect(own?.x).toBeLessThan((field?.x ?? 0) + 100);
    expect(
      await arabic.message("WBK-2210").evaluate("getComputedStyle(document.querySelector('.message p')).direction"),
    ).toBe("rtl");
  });

  test("the website's accent colours it, with black or white on it, whichever reads better", async () => {
    for (const [accent, isWhiteBetter] of [
      ["#ffd500", false],
      ["#333399", true],
    ] as const) {
      const path = `/accent-${accent.slice(1)}`;
      widget.pages.set(path, {
        head: `<script async src="${widget.chatUrl}/afterchat.js" data-accent="${accent}"></script>`,
      });
      const tab = await (await widget.person()).visit(path);
      await tab.open();
      const style = "({ color: getComputedStyle(document.querySelector('.wide')).color })";
      const { color } = (await tab.frame.locator("body").evaluate(style)) as { color: string };
      // Beyond what a screen can show, in all of its parts: white, or below black.
      expect(color).toMatch(
        isWhiteBetter ? /^color\(xyz-d65 \d\S+ \d\S+ \d\S+\)$/ : /^color\(xyz-d65 -\S+ -\S+ -\S+\)$/,
      );
    }
  });

  test("the page does not shift when the chat comes, opens and closes", async () => {
    const person = await widget.person();
    await person.browser.addInitScript(
      "window.shifts = 0; new PerformanceObserver((list) => { for (const { value } of list.getEntries()) shifts += value; }).observe({ type: 'layout-shift', buffered: true });",
    );
    const tab = await person.visit();
    await tab.begin("Is my bike ready?");
    await tab.close();
    expect(await tab.page.evaluate("shifts")).toBe(0);
    expect(await tab.page.evaluate("document.documentElement.scrollHeight <= innerHeight")).toBe(true);
  });

  test("no request goes to another host", async () => {
    const person = await widget.person();
    const hosts = new Set<string>();
    person.browser.on("request", (request) => hosts.add(new URL(request.url()).origin));
    const tab = await person.visit();
    await tab.begin("Is my bike ready?");
    expect([...hosts].sort()).toEqual([widget.website.url, widget.chatUrl].sort());
  });
});
