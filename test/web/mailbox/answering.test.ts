import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { MailboxContext, type MailboxPage } from "./mailbox-context.js";

(withoutChromium === null ? describe : describe.skip)(`Answering in the mailbox${withoutChromium ?? ""}`, () => {
  let mailbox: MailboxContext;
  let opened: MailboxPage | null = null;

  beforeAll(async () => {
    mailbox = await MailboxContext.setup();
  });
  afterEach(async () => {
    await opened?.close();
    opened = null;
  });
  afterAll(() => mailbox?.teardown());

  /** A visitor's email, shown. */
  const openMail = async (options: Parameters<MailboxContext["open"]>[0] = {}) => {
    const visitor = await mailbox.forward("It is ready!");
    opened = await mailbox.open(options);
    await opened.letter.getByText("It is ready!").waitFor();
    return { visitor, ...opened, choose: opened.choose.bind(opened) };
  };

  test("40 as the visitor: the answer is in the conversation, as they wrote it", async () => {
    const { visitor, page, field, outcome, watch } = await openMail();
    expect(await field.getAttribute("placeholder")).toBe("Answer as Ana…");
    await field.fill("Thank you!\nI am coming at five. ☂");
    await page.getByRole("button", { name: "Reply as visitor" }).click();
    await outcome.getByText("Answered as Ana: it is in the conversation in a moment.").waitFor();
    expect(await field.inputValue()).toBe("");
    await mailbox.app.tick();
    expect(await mailbox.textsOf(visitor)).toEqual([
      "Good afternoon! Is my blue tourer ready?",
      "It is ready!",
      "Thank you!\nI am coming at five. ☂",
    ]);
    // And back again, beside the one that is shown.
    await mailbox.replyTo(visitor, "See you then.");
    await opened?.rows.filter({ hasText: "Re: Harbour Bikes" }).waitFor();
    expect(watch).toEqual({ failures: [], foreign: [] });
  });

  test("with the keyboard alone", async () => {
    const { visitor, page, outcome } = await openMail();
    const focused = () => page.locator(":focus");
    const isWriting = () => page.evaluate("document.activeElement.tagName === 'TEXTAREA'");
    await opened?.rows.first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    // Past the choices, and the links of the email in its frame.
    for (let count = 0; count < 20 && !(await isWriting()); count += 1) await page.keyboard.press("Tab");
    expect(await isWriting()).toBe(true);
    await page.keyboard.type("First line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("Second line");
    await page.keyboard.press("Enter");
    await outcome.getByText("Answered as Ana").waitFor();
    expect(await isWriting()).toBe(true);
    await mailbox.app.tick();
    expect((await mailbox.textsOf(visitor)).at(-1)).toBe("First line\nSecond line");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("menu").waitFor();
    const names: (string | null)[] = [];
    for (let index = 0; index < 5; index += 1) {
      names.push(await focused().textContent());
      await page.keyboard.press("ArrowDown");
    }
    expect(names).toEqual(["Bounce it", "Answer by machine", "Report as unwanted", "Open its link", "Bounce it"]);
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });
    expect(await focused().getAttribute("aria-label")).toBe("More");
  });

  test("says what is missing or refused where it was tried, and keeps the words", async () => {
    const { visitor, page, field, outcome } = await openMail();
    await page.getByRole("button", { name: "Reply as visitor" }).click();
    await outcome.getByText("Write an answer first.").waitFor();
    expect(await page.locator(":focus").getAttribute("aria-describedby")).toBe("answer-outcome");
    await mailbox.agent.client.do("mutation ($id: ID!) { blockVisitor(visitorId: $id) { id } }", {
      id: await mailbox.visitorIdOf(visitor),
    });
    await field.fill("Are you there?");
    await field.press("Enter");
    await outcome.getByText("Staff have blocked this visitor: their answers are refused.").waitFor();
    expect(await field.inputValue()).toBe("Are you there?");
    await mailbox.network.stop();
    await field.press("Enter");
    await outcome.getByText("Afterchat cannot be reached: try again when it runs.").waitFor();
    expect(await field.inputValue()).toBe("Are you there?");
    await mailbox.network.listen();
  });

  test.each([
    ["Bounce it", /^It came back: nothing more is sent to ana-\d+@home\.example\.$/, "BOUNCED", "ADDRESS_SUPPRESSED"],
    ["Report as unwanted", /^Reported as unwanted: nothing more is sent to /, "DELIVERED", "ADDRESS_SUPPRESSED"],
    ["Answer by machine", /^An out-of-office note went back: it becomes no message\.$/, "SENT", "WAITING"],
  ])("%s", async (name, words, status, state) => {
    const { visitor, choose, outcome } = await openMail();
    await choose(name);
    await outcome.getByText(words).waitFor();
    await mailbox.app.tick();
    expect((await mailbox.agent.delivery(visitor)).status).toBe(status);
    await mailbox.agent.reply(visitor, "Are you still there?");
    expect((await mailbox.agent.forwarding(visitor)).state).toBe(state);
    expect(await mailbox.textsOf(visitor)).toHaveLength(3);
  });

  test("its link leads back into the conversation, in a tab that knows nothing of this page", async () => {
    const { context, choose } = await openMail();
    const [returned] = await Promise.all([context.waitForEvent("page"), choose("Open its link")]);
    await returned.frameLocator("iframe[title=Chat]").getByText("It is ready!").waitFor();
    expect(await returned.evaluate("[opener, document.referrer]")).toEqual([null, ""]);
  });

  test("on a phone: from the list to an email, to its answer, and back", async () => {
    const visitor = await mailbox.forward("It is ready!");
    opened = await mailbox.open({ viewport: { width: 390, height: 844 } });
    const { page, rows, field, outcome, letter } = opened;
    await rows.first().waitFor();
    expect(await page.locator(".of-mail").isVisible()).toBe(false);
    await rows.filter({ hasText: visitor.email }).click();
    await letter.getByText("It is ready!").waitFor();
    expect(await page.locator("iframe").boundingBox()).toMatchObject({ x: 0, width: 390 });
    await field.fill("On my way.");
    await page.getByRole("button", { name: "Reply as visitor" }).click();
    await outcome.getByText("Answered as Ana").waitFor();
    await page.getByRole("link", { name: "Mailbox" }).click();
    await rows.first().waitFor();
    expect(await field.count()).toBe(0);
  });
});
