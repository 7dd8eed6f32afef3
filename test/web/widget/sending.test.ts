import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { WidgetContext, type WidgetPage } from "./widget-context.js";

(withoutChromium === null ? describe : describe.skip)(`Writing in the widget${withoutChromium ?? ""}`, () => {
  let widget: WidgetContext;
  beforeAll(async () => {
    widget = await WidgetContext.setup();
    await widget.setContactForm("OFF");
  });
  afterAll(() => widget?.teardown());

  const sent = (tab: WidgetPage) => tab.frame.getByText("Sent", { exact: true }).waitFor();
  const isMutation = (name: string) => (body: string | null) => body?.includes(`mutation ${name}`) ?? false;

  test("17 a double Enter sends once", async () => {
    const tab = await widget.visitor("Hello");
    const { id } = await widget.newestConversation();
    await tab.field.fill("Is my bike ready?");
    await Promise.all([tab.field.press("Enter"), tab.field.press("Enter")]);
    await tab.message("Is my bike ready?").waitFor();
    await sent(tab);
    expect(await widget.textsOf(id)).toEqual(["Hello", "Is my bike ready?"]);
  });

  test("18 a response that is lost sends once", async () => {
    const tab = await widget.visitor("Hello");
    const { id } = await widget.newestConversation();
    let lost = 0;
    await tab.page.route(/\/graphql$/, async (route) => {
      if (lost > 0 || !isMutation("SendMessage")(route.request().postData())) return route.fallback();
      lost += 1;
      await route.fetch();
      await route.abort();
    });
    await tab.write("Is my bike ready?");
    await tab.message("Is my bike ready?").waitFor();
    await tab.frame.locator(".later").waitFor({ state: "detached" });
    expect(lost).toBe(1);
    expect(await widget.textsOf(id)).toEqual(["Hello", "Is my bike ready?"]);
    expect(await tab.texts()).toEqual(["Hello", "Is my bike ready?"]);
  });

  test("19 the own message is shown once when its event comes before the response", async () => {
    const tab = await widget.visitor("Hello");
    const answered = Promise.withResolvers<void>();
    await tab.page.route(/\/graphql$/, async (route) => {
      if (!isMutation("SendMessage")(route.request().postData())) return route.fallback();
      const response = await route.fetch();
      await answered.promise;
      await route.fulfill({ response });
    });
    await tab.write("Is my bike ready?");
    await tab.frame.locator(".message p:not(.later)", { hasText: "Is my bike ready?" }).waitFor();
    answered.resolve();
    await sent(tab);
    expect(await tab.texts()).toEqual(["Hello", "Is my bike ready?"]);
  });

  test("20, 21 and 22 what is written offline waits, survives a reload, and arrives once and in order with what was missed", async () => {
    const tab = await widget.visitor("Hello");
    const { id: conversationId } = await widget.newestConversation();
    await widget.cutNetwork();
    await tab.frame.getByText("Connecting again…").waitFor();
    await tab.write("First");
    await tab.write("Second");
    await tab.frame.getByText("Waits for the connection").waitFor();
    await tab.frame.getByText("You are offline. We keep what you write").waitFor();
    expect(await tab.texts()).toEqual(["Hello", "First", "Second"]);
    await widget.agent.reply({ conversationId }, "Meanwhile");
    await tab.page.reload();
    await widget.mendNetwork();
    await tab.message("Second").waitFor();
    await tab.frame.locator(".later").first().waitFor({ state: "detached" });
    await tab.message("Meanwhile").waitFor();
    expect(await widget.textsOf(conversationId)).toEqual(["Hello", "Meanwhile", "First", "Second"]);
    expect(await tab.texts()).toEqual(["Hello", "Meanwhile", "First", "Second"]);
  });

  test("a message that is refused says so, and can be changed or given up", async () => {
    const tab = await widget.visitor("Hello");
    const { id: conversationId } = await widget.newestConversation();
    await tab.page.route(/\/graphql$/, async (route) => {
      const body = route.request().postData() ?? "";
      if (!isMutation("SendMessage")(body) || !body.includes("refuse me")) return route.fallback();
      const error = { message: "Not this one.", extensions: { code: "BAD_USER_INPUT", field: "input.text" } };
      await route.fulfill({ json: { data: null, errors: [error] } });
    });
    await tab.write("Please refuse me");
    await tab.frame.getByText("Not sent.").waitFor();
    await tab.frame.getByRole("button", { name: "Edit" }).click();
    expect(await tab.field.inputValue()).toBe("Please refuse me");
    await tab.write("Please take me");
    await sent(tab);
    await tab.write("refuse me too");
    await tab.frame.getByRole("button", { name: "Delete" }).click();
    await tab.frame.getByText("Not sent.").waitFor({ state: "detached" });
    expect(await tab.texts()).toEqual(["Hello", "Please take me"]);
    expect(await widget.textsOf(conversationId)).toEqual(["Hello", "Please take me"]);
  });

  test("texts arrive as they were written: long, with emoji, from right to left, with lines, and links that are safe", async () => {
    const tab = await widget.visitor("Hello");
    const { id } = await widget.newestConversation();
    const texts = [
      "🚲👩‍🔧 e\u0301",
      "هل دراجتي جاهزة؟ WBK-2210",
      "one\ntwo  three",
      "x".repeat(10_000),
      "<b>not bold</b> \u202e",
    ];
    for (const text of texts) await tab.write(text);
    await tab.message("not bold").waitFor();
    await tab.frame.locator(".later").first().waitFor({ state: "detached" });
    expect(await widget.textsOf(id)).toEqual(["Hello", ...texts]);
    // PostgreSQL stores no NUL.
    await tab.write("nul \0 here");
    await tab.message("nul").waitFor();
    expect(await widget.textsOf(id)).toEqual(["Hello", ...texts, "nul \ufffd here"]);
    await tab.field.fill("y".repeat(10_001));
    await tab.frame.getByText("At most 10,000 characters").waitFor();
    await tab.field.press("Enter");
    expect(await tab.field.inputValue()).toHaveLength(10_001);
    await tab.write("See https://example.com/a(b), javascript:alert(1), mailto me@example.com and http://x");
    const links = tab.frame.locator(".message a");
    await links.first().waitFor();
    const attributes = async (name: string) => Promise.all((await links.all()).map((link) => link.getAttribute(name)));
    expect(await attributes("href")).toEqual(["https://example.com/a(b)", "mailto:me@example.com", "http://x/"]);
    expect(new Set(await attributes("rel"))).toEqual(new Set(["noreferrer nofollow ugc"]));
    expect(new Set(await attributes("target"))).toEqual(new Set(["_blank"]));
    expect(tab.failures).toEqual([]);
  });

  test("a device whose clock is wrong by a day works all the same", async () => {
    const person = await widget.person();
    await person.browser.addInitScript("{ const now = Date.now; Date.now = () => now() - 86_400_000; }");
    const tab = await person.visit();
    await tab.begin("Is my bike ready?");
    const { id: conversationId } = await widget.newestConversation();
    await widget.agent.reply({ conversationId }, "It is.");
    await tab.message("It is.").waitFor();
    await tab.page.reload();
    await tab.message("It is.").waitFor();
    expect(await tab.texts()).toEqual(["Is my bike ready?", "It is."]);
  });

  test("a device that slept for an hour, with a connection that died meanwhile, shows what it missed", async () => {
    const person = await widget.person();
    await person.browser.clock.install();
    const tab = await person.visit();
    await tab.begin("Is my bike ready?");
    const { id: conversationId } = await widget.newestConversation();
    widget.network.silence();
    await widget.agent.reply({ conversationId }, "It is, come by.");
    await person.browser.clock.fastForward("01:00:00");
    widget.network.resume();
    await person.browser.clock.fastForward("00:30");
    await tab.message("It is, come by.").waitFor();
    await tab.write("I was away");
    await tab.message("I was away").waitFor();
    await tab.frame.locator(".later").waitFor({ state: "detached" });
    expect(await widget.textsOf(conversationId)).toEqual(["Is my bike ready?", "It is, come by.", "I was away"]);
  });

  test("a slow server delays what is shown as sent, and loses nothing", async () => {
    const tab = await widget.visitor("Hello");
    const { id } = await widget.newestConversation();
    widget.network.pause();
    await tab.write("First");
    await tab.write("Second");
    await tab.frame.locator(".later").nth(1).waitFor();
    expect(await tab.texts()).toEqual(["Hello", "First", "Second"]);
    widget.network.resume();
    await tab.frame.locator(".later").first().waitFor({ state: "detached" });
    expect(await widget.textsOf(id)).toEqual(["Hello", "First", "Second"]);
  });

  test("a conversation that was closed says so, and opens again with the next message", async () => {
    const tab = await widget.visitor("Hello");
    const { id } = await widget.newestConversation();
    await widget.agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", { id });
    await tab.frame.getByText("This conversation was closed. Write, and it opens again.").waitFor();
    await tab.write("One more thing");
    await tab.frame.getByText("This conversation was closed").waitFor({ state: "detached" });
    expect((await widget.newestConversation("id status")).status).toBe("OPEN");
  });
});
