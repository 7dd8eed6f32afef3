/** Takes the pictures of the docs, and of every state: `npm run widget:screenshots -- <folder>`. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { startApp } from "../../../../src/app.js";
import { createLogger } from "../../../../src/logger.js";
import { makeDataDirectory } from "../../../support/app/data-directory.js";
import { GraphqlClient } from "../../../support/app/graphql-client.js";
import { launchChromium } from "../../../support/browser/chromium.js";
import { serveStates, widgetStates } from "../../../support/browser/serve-states.js";

const folder = process.argv[2];
if (folder === undefined) throw new Error("Name a folder: npm run widget:screenshots -- <folder>");
await mkdir(folder, { recursive: true });
const schemes = ["light", "dark"] as const;

const browser = await launchChromium();
const states = await serveStates(widgetStates);
const data = await makeDataDirectory();
const settings = {
  PORT: "0",
  DATA_DIR: data.path,
  ADMIN_EMAIL: "ben@example.com",
  ADMIN_PASSWORD: "only for pictures",
  COMPANY_NAME: "Harbour Bikes",
};
const app = await startApp(settings, { logger: createLogger("error"), durability: "none" });
try {
  for (const colorScheme of schemes) {
    const page = await browser.newPage({ viewport: { width: 1720, height: 752 }, colorScheme });
    await page.goto(states.url);
    await settle(page);
    await page.screenshot({ path: join(folder, `states-${colorScheme}.png`), fullPage: true });
    await page.goto(`${states.url}/?only=home,conversation,form-required,away`);
    await settle(page);
    await page.screenshot({ path: join(folder, `widget-${colorScheme}.png`) });
    await page.close();
  }
  await takeStory();
} finally {
  await browser.close();
  await states.stop();
  await app.stop();
  await data.remove();
}

/** The demo website as a visitor sees it who is about to leave, and after a reply has come. */
async function takeStory(): Promise<void> {
  const agent = await new GraphqlClient(app.url).signIn(settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD);
  const page = await browser.newPage({ viewport: { width: 1334, height: 896 } });
  const chat = page.frameLocator("iframe[title=Chat]");
  await page.goto(app.url);
  await page.getByRole("button", { name: "Open the chat" }).click();
  await chat.getByRole("button", { name: "Write to us" }).click();
  await chat.locator("textarea").fill("Good evening! Is my blue tourer ready?");
  await page.keyboard.press("Enter");
  await chat.getByLabel("Email").fill("ana@example.com");
  await page.keyboard.press("Enter");
  await chat.getByText("We’ll email your answer to").waitFor();
  await page.screenshot({ path: join(folder ?? "", "demo-website.png") });
  await page.keyboard.press("Escape");
  const { conversations } = await agent.do("{ conversations { nodes { id } } }");
  const text =
    "It is ready! New chain and brake pads, as we agreed. The rear light only had a loose contact: fixed, no charge.";
  await agent.do("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
    input: { conversationId: conversations.nodes[0].id, text, asBot: "Ben" },
  });
  await chat.locator(".peek").waitFor();
  await page.screenshot({ path: join(folder ?? "", "demo-website-reply.png") });

  // The visitor is not there to read it: it is emailed.
  await agent.do("mutation ($id: ID!) { forwardNow(conversationId: $id) { id } }", { id: conversations.nodes[0].id });
  await app.worker.work();
  const notes = app.services.channels.get("email")?.connection?.startNotes ?? [];
  const key = notes.find((note) => note.startsWith("Mailbox key: "))?.slice("Mailbox key: ".length) ?? "";
  await page.context().addCookies([{ name: "afterchat_mailbox", value: key, url: app.url }]);
  await page.goto(`${app.url}/mailbox`);
  await page.getByRole("link", { name: /Harbour Bikes replied/ }).click();
  await page.frameLocator("iframe").locator(".card").first().waitFor();
  await page.screenshot({ path: join(folder ?? "", "email.png") });
}

async function settle(page: Page): Promise<void> {
  await page.locator("figure").first().waitFor();
  // Fonts and fields, and the grey lines that are shown after a while.
  await page.waitForFunction("document.fonts.status === 'loaded' && performance.now() > 800");
}
