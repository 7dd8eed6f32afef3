import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { TestAgent } from "../support/app/test-agent.js";
import { TestApp } from "../support/app/test-app.js";
import { launchChromium, withoutChromium } from "../support/browser/chromium.js";
import { watchPage } from "../support/browser/watch-page.js";

jest.setTimeout(60_000);

const address = "ana@home.example";

(withoutChromium === null ? describe : describe.skip)(`The demo website in a browser${withoutChromium ?? ""}`, () => {
  /** Without a mail server, as a newcomer starts it: emails go to the mailbox. */
  let app: TestApp;
  let agent: TestAgent;
  let browser: Browser;
  let visitor: BrowserContext;

  beforeAll(async () => {
    app = await TestApp.start();
    agent = await TestAgent.signIn(app);
    browser = await launchChromium();
    visitor = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB" });
    visitor.setDefaultTimeout(20_000);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  /** As it is printed at the start: emails lead to this name of it. */
  const website = () => app.services.config.publicUrl;
  const launcher = (page: Page) => page.getByRole("button", { name: /^Open the chat/ });
  const chat = (page: Page) => page.frameLocator("iframe[title=Chat]");
  const mailbox = (page: Page) => page.getByRole("link", { name: /^Mailbox/ });
  const key = () => {
    const notes = app.services.channels.get("email")?.connection?.startNotes ?? [];
    return notes.find((note) => note.startsWith("Mailbox key: "))?.slice("Mailbox key: ".length) ?? "";
  };

  test("has three pages with the chat, on which nothing fails or comes from elsewhere", async () => {
    const page = await visitor.newPage();
    const watch = watchPage(page, website());
    await page.goto(website());
    for (const name of ["Bikes", "Repairs", "Rent"]) {
      await page.getByRole("link", { name, exact: true }).click();
      await page.locator(`nav a[aria-current=page]`, { hasText: name }).waitFor();
      await launcher(page).waitFor();
      await page.getByRole("link", { name: "API explorer" }).waitFor();
      await mailbox(page).waitFor();
    }
    await launcher(page).click();
    await chat(page)
      .getByRole("button", { name: /^(Write to us|Send)$/ })
      .first()
      .waitFor();
    expect(watch).toEqual({ failures: [], foreign: [] });
    await page.close();
  });

  test.each(["light", "dark"] as const)("axe finds nothing on any of them, %s", async (colorScheme) => {
    const axe = await readFile(new URL("../../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
    const page = await visitor.newPage();
    await page.emulateMedia({ colorScheme });
    for (const path of ["/", "/repairs", "/rent"]) {
      await page.goto(website() + path);
      await launcher(page).waitFor();
      await mailbox(page).waitFor();
      const result = await page.evaluate(`${axe}; axe.run({ resultTypes: ["violations"] })`);
      const { violations } = result as { readonly violations: readonly { readonly id: string }[] };
      expect({ path, found: violations.map(({ id }) => id) }).toEqual({ path, found: [] });
    }
    await page.close();
  });

  test("shows the whole journey: write, leave, the answer is in the mailbox, and its link leads back", async () => {
    const page = await visitor.newPage();
    await page.goto(`${website()}/repairs`);
    await launcher(page).click();
    await chat(page).getByRole("button", { name: "Write to us" }).click();
    await chat(page).locator("textarea").fill("Is my bike ready?");
    await chat(page).locator("textarea").press("Enter");
    // No agent is online: the chat asks where the answer should go.
    await chat(page).getByLabel("Email").fill(address);
    await chat(page).getByRole("button", { name: "Send message" }).click();
    await chat(page).getByText("Sent", { exact: true }).waitFor();
    await page.close();

    const { conversations } = await agent.client.do("{ conversations(first: 1) { nodes { id } } }");
    await agent.reply({ conversationId: conversations.nodes[0].id }, "It is, come by.");
    await app.pass(600);

    const back = await visitor.newPage();
    await back.goto(website());
    // Counted for nobody who has not entered the key.
    expect(await back.locator("#mails").isVisible()).toBe(false);
    const [opened] = await Promise.all([visitor.waitForEvent("page"), mailbox(back).click()]);
    await opened.getByLabel("Mailbox key").fill(key());
    await opened.getByRole("button", { name: "Open" }).click();
    await opened.locator(".mails", { hasText: address }).waitFor();
    await back.reload();
    await back.locator("#mails", { hasText: /^1$/ }).waitFor();

    await opened.frameLocator("iframe").getByText("It is, come by.").waitFor();
    const link = opened.getByRole("link", { name: "Open its link" });
    const [returned] = await Promise.all([visitor.waitForEvent("page"), link.click()]);
    await chat(returned).getByText("It is, come by.").waitFor();
    expect(new URL(returned.url()).pathname).toBe("/repairs");
  });
});
