import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { TestContext } from "../support/app/test-context.js";
import { launchChromium, withoutChromium } from "../support/browser/chromium.js";
import { type PageWatch, watchPage } from "../support/browser/watch-page.js";
import { readRaw } from "./read-raw.js";

// It may have to be built first.
jest.setTimeout(60_000);

(withoutChromium === null ? describe : describe.skip)(`The API explorer in a browser${withoutChromium ?? ""}`, () => {
  let context: TestContext;
  let browser: Browser;
  let page: Page;
  let watch: PageWatch;

  beforeAll(async () => {
    context = await TestContext.setup();
    await readRaw(context.app.url, "/graphql", { accept: "text/html" });
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(20_000);
    watch = watchPage(page, context.app.url);
    await page.goto(`${context.app.url}/graphql`);
  });
  afterAll(async () => {
    await browser?.close();
    await context?.teardown();
  });

  /** What was answered last. */
  const response = () => page.locator(".result-window .view-lines");

  /** Replaces what stands in an editor. */
  async function fill(editor: "Operation Editor" | "Headers", text: string): Promise<void> {
    await page.locator(`section[aria-label="${editor}"] .view-lines:visible`).first().click();
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Delete");
    await page.keyboard.insertText(text);
  }

  const shows = (text: string) => response().getByText(text).first().waitFor();

  test("begins with what a visitor and an agent do first", async () => {
    await page.getByRole("tab", { name: "StartSession" }).waitFor();
    await page.getByRole("tab", { name: "SignIn" }).waitFor();
    await page.getByText('// "Authorization": "Bearer TOKEN"').waitFor();
  });

  test("runs an operation", async () => {
    await fill("Operation Editor", 'mutation { startSession(input: { locale: "en" }) { visitor { online } } }');
    await page.getByRole("button", { name: /Execute query/ }).click();
    await shows('"online"');
  });

  test("subscribes on the same address, with the token among the headers", async () => {
    const visitor = await context.startConversation();
    await fill("Headers", JSON.stringify({ Authorization: `Bearer ${visitor.client.token}` }));
    await fill("Operation Editor", "subscription { messageAdded { text } }");
    const subscribed = context.app.nextSubscription();
    await page.getByRole("button", { name: /Execute query/ }).click();
    await subscribed;
    await context.agent.reply(visitor, "It is, come by.");
    await shows('"It is, come by."');
  });

  test("asks nobody but this server, and the browser blocks nothing", async () => {
    expect(watch.foreign).toEqual([]);
    expect(watch.failures).toEqual([]);
  });
});
