import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { adminEmail, adminPassword } from "../../support/app/test-app.js";
import { upload } from "../../support/app/upload.js";
import { withoutChromium } from "../../support/browser/chromium.js";
import { MailboxContext, type MailboxPage } from "./mailbox-context.js";

(withoutChromium === null ? describe : describe.skip)(`Reading in the mailbox${withoutChromium ?? ""}`, () => {
  let mailbox: MailboxContext;
  let opened: MailboxPage | null = null;

  beforeAll(async () => {
    mailbox = await MailboxContext.setup();
  });
  beforeEach(async () => {
    await opened?.close();
    opened = null;
  });
  afterAll(async () => {
    await opened?.close();
    await mailbox?.teardown();
  });

  const open = async (options: Parameters<MailboxContext["open"]>[0] = {}): Promise<MailboxPage> => {
    opened = await mailbox.open(options);
    return opened;
  };

  test("says that there is nothing yet, and shows what comes without a reload", async () => {
    const { page, rows, letter, watch } = await open();
    await page.getByRole("heading", { name: "No emails yet" }).waitFor();
    await mailbox.forward("It is ready!", { email: "first@home.example" });
    await rows.filter({ hasText: "first@home.example" }).waitFor();
    await letter.getByText("It is ready!").waitFor();
    expect(await page.title()).toBe("Mailbox (1)");
    expect(watch).toEqual({ failures: [], foreign: [] });
  });

  test("admins open it from the console, without the key", async () => {
    const { context, page } = await open({ locked: true, path: "/console/set-up" });
    await page.getByLabel("Email").fill(adminEmail);
    await page.getByLabel("Password", { exact: true }).fill(adminPassword);
    await page.keyboard.press("Enter");
    const [tab] = await Promise.all([
      context.waitForEvent("page"),
      page.getByRole("button", { name: "Mailbox" }).click(),
    ]);
    await tab.locator(".mails a").filter({ hasText: "first@home.example" }).waitFor();
  });

  test("asks for the key once, and says that it is wrong where it is entered", async () => {
    const { page, rows } = await open({ locked: true });
    const field = page.getByLabel("Mailbox key");
    await field.waitFor();
    expect(await page.locator(":focus").getAttribute("name")).toBe("key");
    await field.fill("nonsense");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("alert").getByText("This is not the key.").waitFor();
    expect(await field.getAttribute("aria-describedby")).toBe("key-problem");
    await field.fill(` ${mailbox.key} `);
    await field.press("Enter");
    await rows.first().waitFor();
    await page.reload();
    await rows.first().waitFor();
    expect(await page.evaluate("document.cookie")).toBe("");
  });

  test("takes the key from its address, and out of it", async () => {
    const { page, rows } = await open({ locked: true, path: `/mailbox#key=${mailbox.key}` });
    await rows.first().waitFor();
    expect(page.url()).not.toContain(mailbox.key);
  });

  test("shows the newest first, and stays with what is shown while others come", async () => {
    const { page, rows, letter } = await open();
    await letter.getByText("It is ready!").waitFor();
    const { email } = await mailbox.forward("<b>Six</b> o'clock & not later");
    const row = rows.first();
    await row.filter({ hasText: email }).waitFor();
    await row.getByText("New", { exact: true }).waitFor();
    expect(await rows.nth(1).getAttribute("aria-current")).toBe("true");
    await row.click();
    await letter.getByText("<b>Six</b> o'clock & not later").waitFor();
    expect(await row.getAttribute("aria-current")).toBe("true");
    expect(await row.getByText("New", { exact: true }).count()).toBe(0);
    await page.goBack();
    await letter.getByText("It is ready!").waitFor();
    await page.goForward();
    await letter.getByText("o'clock").waitFor();
    await page.reload();
    await letter.getByText("o'clock").waitFor();
  });

  test("shows an email as a mail program does, in a frame that may do nothing", async () => {
    const { page, letter } = await open();
    const frame = page.locator("iframe");
    await letter.locator("body").waitFor();
    expect(await frame.getAttribute("sandbox")).toBe("");
    const background = () =>
      letter.locator(".card").first().evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor");
    const width = async () => (await frame.boundingBox())?.width;
    expect(await width()).toBe(375);
    expect(await background()).toBe("rgb(255, 255, 255)");
    await page.getByRole("radio", { name: "600" }).check();
    expect(await width()).toBe(600);
    await page.getByRole("radio", { name: "Dark" }).check();
    await page.locator("iframe.dark").waitFor();
    await letter.locator("body").waitFor();
    expect(await background()).toBe("rgb(29, 34, 40)");
    // Kept for the next one, who begins with it.
    await page.reload();
    await letter.locator("body").waitFor();
    expect(await width()).toBe(600);
    expect(await background()).toBe("rgb(29, 34, 40)");
  });

  test("begins with the scheme of the page, and can show the other one", async () => {
    const { page, letter } = await open({ colorScheme: "dark" });
    const background = () =>
      letter.locator(".card").first().evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor");
    await letter.locator("body").waitFor();
    expect(await background()).toBe("rgb(29, 34, 40)");
    await page.getByRole("radio", { name: "Light" }).check();
    await page.locator("iframe.light").waitFor();
    await letter.locator("body").waitFor();
    expect(await background()).toBe("rgb(255, 255, 255)");
  });

  test("shows its text and its headers", async () => {
    const { page } = await open();
    await page.getByRole("radio", { name: "Text" }).check();
    await page.locator("pre", { hasText: "New reply from Ben" }).waitFor();
    expect(await page.getByRole("radio", { name: "375" }).count()).toBe(0);
    await page.getByRole("radio", { name: "Headers" }).check();
    for (const name of ["Return-Path", "Message-ID", "List-Unsubscribe"])
      expect(await page.locator("dt", { hasText: new RegExp(`^${name}$`) }).count()).toBe(1);
  });

  test("names the files that an email carries", async () => {
    const name = `<img src=x> ${"ж".repeat(80)}.txt`;
    const { id } = await upload(mailbox.agent.client, { name, content: "a".repeat(2_400) });
    const visitor = await mailbox.forward("Before");
    await mailbox.agent.client.do("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
      input: { conversationId: visitor.conversationId, text: "See the plan.", attachmentIds: [id] },
    });
    await mailbox.agent.forwardNow(visitor);
    await mailbox.app.tick();
    const { page } = await open();
    const file = page.getByRole("list", { name: "Attached" }).getByRole("listitem");
    await file.getByText("2 KB").waitFor();
    expect(await file.textContent()).toContain(`${"ж".repeat(80)}.txt`);
    expect((await file.boundingBox())?.height).toBe(22);
    expect(await page.locator("img").count()).toBe(0);
  });

  test("says that an email is gone", async () => {
    const { page } = await open({ path: "/mailbox#20260303T120000000Z-abcdefgh" });
    await page.getByRole("heading", { name: "This email is gone" }).waitFor();
  });

  test("an erased visitor's emails leave the list by themselves", async () => {
    const visitor = await mailbox.forward("Soon erased");
    const { rows } = await open();
    await rows.filter({ hasText: visitor.email }).waitFor();
    await mailbox.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: await mailbox.visitorIdOf(visitor),
    });
    await rows.filter({ hasText: visitor.email }).waitFor({ state: "detached" });
  });

  test("says that there is no connection, and goes on by itself", async () => {
    const { page, rows, letter } = await open();
    await letter.locator("body").waitFor();
    await mailbox.network.stop();
    await page.getByText(/^No connection\. What you see is from \d\d:\d\d\. Trying again\.$/).waitFor();
    const { email } = await mailbox.forward("While you were away");
    await mailbox.network.listen();
    await rows.filter({ hasText: email }).waitFor();
    await page.getByText(/^No connection/).waitFor({ state: "detached" });
  });

  test("asks for the key again once another one holds", async () => {
    const { page, context, rows } = await open();
    await rows.first().waitFor();
    await context.clearCookies();
    await mailbox.forward("One more");
    await page.getByLabel("Mailbox key").waitFor();
    expect(await page.getByText("home.example").count()).toBe(0);
  });
});
