/** Takes the pictures of the docs, and of every state: `npm run console:screenshots -- <folder>`. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { startApp } from "../../../../src/app.js";
import { createLogger } from "../../../../src/logger.js";
import { makeDataDirectory } from "../../../support/app/data-directory.js";
import { GraphqlClient } from "../../../support/app/graphql-client.js";
import { launchChromium } from "../../../support/browser/chromium.js";
import { consoleStates, serveStates } from "../../../support/browser/serve-states.js";

const folder = process.argv[2] ?? "";
if (folder === "") throw new Error("Name a folder: npm run console:screenshots -- <folder>");
await mkdir(folder, { recursive: true });

const browser = await launchChromium();
const states = await serveStates(consoleStates);
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
  await tellStory(await new GraphqlClient(app.url).signIn(settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD));
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({
      viewport: { width: 1440, height: 900 },
      colorScheme,
      locale: "en-GB",
      timezoneId: "UTC",
    });
    await page.goto(states.url);
    await settle(page);
    await page.screenshot({ path: join(folder, `states-${colorScheme}.png`), fullPage: true });
    await page.goto(`${app.url}/console`);
    await page.getByLabel("Email").fill(settings.ADMIN_EMAIL);
    await page.getByLabel("Password", { exact: true }).fill(settings.ADMIN_PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: /^Ana/ }).click();
    await page.getByText("It is ready!").last().waitFor();
    await settle(page);
    await page.screenshot({ path: join(folder, `console-${colorScheme}.png`) });
    for (const name of ["Preferences", "Deliveries", "Channels"]) {
      await page.getByRole("link", { name }).first().click();
      await page.getByRole("heading", { level: 1 }).waitFor();
      await settle(page);
      await page.screenshot({ path: join(folder, `${name.toLowerCase()}-${colorScheme}.png`) });
    }
    await page.close();
  }
} finally {
  await browser.close();
  await states.stop();
  await app.stop();
  await data.remove();
}

/** A reply that waits, one that has gone out, one that is held, one without an address, and a question. */
async function tellStory(agent: GraphqlClient): Promise<void> {
  const reply = (conversationId: string, text: string) =>
    agent.do("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
      input: { conversationId, text },
    });
  await agent.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");

  const elif = await ask("Elif", "elif@example.com", ["Is Thursday fine?"]);
  await reply(elif.id, "Then let us say Thursday at ten.");
  await agent.do("mutation ($id: ID!) { forwardNow(conversationId: $id) { id } }", { id: elif.id });

  const unknown = await ask(null, null, ["Where can I leave the bike?"]);
  await reply(unknown.id, "You can leave it in the rack behind the shop.");

  const mia = await ask("Mia", "mia@example.com", ["Could you quote me new wheels for a 28-inch tourer?"]);
  await reply(mia.id, "I will ask our supplier and write to you tomorrow.");
  await agent.do("mutation ($id: ID!) { holdForwarding(conversationId: $id) { id } }", { id: mia.id });

  await ask("Luis", "luis@example.net", ["Do you also rent child seats? We arrive on Friday with two small ones."]);

  const questions = ["Good afternoon! Is my blue tourer ready?", "And could you look at the rear light? It flickers."];
  const ana = await ask("Ana", "ana@example.com", questions);
  await reply(ana.id, "Let me ask the workshop, one moment.");
  await ana.visitor.do("mutation { leaveWebsite { id } }");
  await reply(ana.id, "It is ready! New chain and brake pads, as we agreed.");
  await reply(ana.id, "The rear light only had a loose contact: fixed, no charge. We are open until six.");
}

async function ask(name: string | null, email: string | null, texts: readonly string[]) {
  const visitor = await new GraphqlClient(app.url).startSession({
    page: "/repairs",
    timeZone: "Europe/Lisbon",
    locale: "en",
  });
  if (email !== null) {
    await visitor.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
      input: { email, name },
    });
  }
  let id = "";
  for (const text of texts) {
    const { sendMessage } = await visitor.do(
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { conversation { id } } }",
      { input: { text } },
    );
    id = sendMessage.conversation.id;
  }
  return { visitor, id };
}

/** Until its fonts are loaded and nothing moves any more. */
async function settle(page: Page): Promise<void> {
  await page.evaluate("document.fonts.ready");
  await page.waitForTimeout(600);
}
