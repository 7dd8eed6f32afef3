/** Takes pictures of the mailbox in its states: `npm run mailbox:screenshots -- <folder>`. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startApp } from "../../../../src/app.js";
import { createLogger } from "../../../../src/logger.js";
import { makeDataDirectory } from "../../../support/app/data-directory.js";
import { GraphqlClient } from "../../../support/app/graphql-client.js";
import { launchChromium } from "../../../support/browser/chromium.js";

const folder = process.argv[2];
if (folder === undefined) throw new Error("Name a folder: npm run mailbox:screenshots -- <folder>");
await mkdir(folder, { recursive: true });

const phone = { width: 390, height: 844 };
const data = await makeDataDirectory();
const settings = {
  PORT: "0",
  DATA_DIR: data.path,
  ADMIN_EMAIL: "ben@example.com",
  ADMIN_PASSWORD: "only for pictures",
  COMPANY_NAME: "Harbour Bikes",
};
const app = await startApp(settings, { logger: createLogger("error"), durability: "none" });
const browser = await launchChromium();
try {
  await take("empty");
  await fill();
  for (const colorScheme of ["light", "dark"] as const) {
    await take(`mail-${colorScheme}`, { colorScheme });
    await take(`key-${colorScheme}`, { colorScheme, locked: true });
    await take(`phone-list-${colorScheme}`, { colorScheme, viewport: phone });
    await take(`phone-mail-${colorScheme}`, { colorScheme, viewport: phone, opens: "ana@example.com" });
    await take(`headers-${colorScheme}`, { colorScheme, shows: "Headers" });
    await take(`text-${colorScheme}`, { colorScheme, shows: "Text", opens: "youssef@example.com" });
    await take(`menu-${colorScheme}`, { colorScheme, shows: "600", menu: true });
    await take(`answered-${colorScheme}`, { colorScheme, shows: "Dark", answers: "Thank you!" });
  }
} finally {
  await browser.close();
  await app.stop();
  await data.remove();
}

interface Picture {
  readonly colorScheme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly locked?: boolean;
  readonly opens?: string;
  readonly shows?: string;
  readonly menu?: boolean;
  readonly answers?: string;
}

async function take(
  name: string,
  { colorScheme = "light", viewport = { width: 940, height: 706 }, ...picture }: Picture = {},
): Promise<void> {
  const context = await browser.newContext({ colorScheme, viewport, locale: "en-GB", deviceScaleFactor: 2 });
  const notes = app.services.channels.get("email")?.connection?.startNotes ?? [];
  const key = notes.find((note) => note.startsWith("Mailbox key: "))?.slice("Mailbox key: ".length) ?? "";
  if (!picture.locked) await context.addCookies([{ name: "afterchat_mailbox", value: key, url: app.url }]);
  const page = await context.newPage();
  await page.goto(`${app.url}/mailbox`);
  await page.locator(picture.locked ? "form" : ".mailbox").waitFor();
  if (picture.locked) {
    await page.getByLabel("Mailbox key").fill("wrong one");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
  }
  if (picture.opens !== undefined) await page.locator(".mails a", { hasText: picture.opens }).click();
  if (picture.shows !== undefined)
    await page.locator(".seg label", { hasText: picture.shows }).or(page.getByTitle(picture.shows)).first().click();
  if (picture.menu) await page.getByRole("button", { name: "More" }).click();
  if (picture.answers !== undefined) {
    await page.getByRole("textbox").fill(picture.answers);
    await page.keyboard.press("Enter");
    await page.locator(".outcome.good").waitFor();
  }
  // The page goes on being told of changes: there is no idle network to wait for.
  if ((await page.locator("iframe").count()) > 0) await page.frameLocator("iframe").locator(".card").first().waitFor();
  await page.screenshot({ path: join(folder ?? "", `${name}.png`) });
  await context.close();
}

/** Emails in several languages, the newest in English. */
async function fill(): Promise<void> {
  const agent = await new GraphqlClient(app.url).signIn(settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD);
  for (const [name, email, locale, question, ...replies] of [
    ["Noor", "noor@example.nl", "nl", "Goedemiddag! Is mijn fiets klaar?", "Bijna: morgen om tien uur."],
    ["يوسف", "youssef@example.com", "ar", "مرحبا! هل دراجتي جاهزة؟", "نعم، يمكنك استلامها اليوم حتى الساعة السادسة."],
    [
      "恵子",
      "keiko@example.jp",
      "ja",
      "こんにちは。自転車はもう直りましたか。",
      "はい、直りました。本日六時までお渡しできます。",
    ],
    ["Luis", "luis@example.net", "en", "Do you rent tandems?", "We do, from May to October."],
    [
      ...["Ana", "ana@example.com", "en-GB", "Good afternoon! Is my blue tourer ready?"],
      ...[
        "It is ready! New chain and brake pads, as we agreed.",
        "The rear light only had a loose contact: fixed, no charge.",
      ],
    ],
  ] as const) {
    const visitor = await new GraphqlClient(app.url).startSession({ locale, timeZone: "Europe/London" });
    await visitor.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
      input: { email, name },
    });
    const { sendMessage } = await visitor.do(
      "mutation ($text: String!) { sendMessage(input: { text: $text }) { conversation { id visitor { id } } } }",
      { text: question },
    );
    const { id, visitor: writer } = sendMessage.conversation;
    await agent.do("mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }", {
      input: { visitorId: writer.id, email },
    });
    for (const text of replies)
      await agent.do("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
        input: { conversationId: id, text, asBot: "Ben" },
      });
    await agent.do("mutation ($id: ID!) { forwardNow(conversationId: $id) { id } }", { id });
    await app.worker.work();
  }
}
