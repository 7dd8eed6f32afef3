import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { WidgetContext, type WidgetPage } from "./widget-context.js";

(withoutChromium === null ? describe : describe.skip)(`Reading in the widget${withoutChromium ?? ""}`, () => {
  let widget: WidgetContext;
  beforeAll(async () => {
    widget = await WidgetContext.setup();
    await widget.setContactForm("OFF");
  });
  afterAll(() => widget?.teardown());

  const reply = (conversationId: string, text: string) => widget.agent.reply({ conversationId }, text);
  const unreadOf = async (conversationId: string) => {
    const { conversation } = await widget.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages(last: 100) { nodes { text read author { __typename } } } } }",
      { id: conversationId },
    );
    type Shown = { text: string; read: boolean; author: { __typename: string } };
    return (conversation.messages.nodes as Shown[])
      .filter(({ read, author }) => !read && author.__typename !== "Visitor")
      .map(({ text }) => text);
  };
  /** Resolves once the visitor has read a reply, as the staff is told. */
  const watchRead = async (id: string) => {
    const connection = await widget.agent.client.connect();
    const updates = await widget.app.subscribe(
      connection,
      "subscription ($id: ID!) { messageUpdated(conversationId: $id) { text read } }",
      { id },
    );
    return async (text: string) => {
      for (;;) {
        const { data } = await updates.next();
        if (data?.messageUpdated.read === true && data.messageUpdated.text === text) break;
      }
      await connection.close();
    };
  };
  const begin = async (): Promise<{ tab: WidgetPage; id: string }> => {
    const tab = await widget.visitor();
    return { tab, id: (await widget.newestConversation()).id };
  };
  const badge = (tab: WidgetPage, words: string) =>
    tab.page.getByRole("button", { name: `Open the chat, ${words}` }).waitFor();

  test("23 sixty messages are read page by page, upwards, without a jump", async () => {
    const { tab, id } = await begin();
    for (let index = 1; index <= 60; index++) await reply(id, `Reply ${index}`);
    await tab.page.reload();
    await tab.message("Reply 60").waitFor();
    expect(await tab.message("Is my bike ready?").count()).toBe(0);
    const log = tab.frame.getByRole("log");
    await log.hover();
    await tab.page.mouse.wheel(0, -20_000);
    await tab.message("Is my bike ready?").waitFor();
    const texts = await tab.texts();
    expect(texts).toEqual(["Is my bike ready?", ...Array.from({ length: 60 }, (_, index) => `Reply ${index + 1}`)]);
  });

  test("25 behind a closed panel a reply is unread, with a badge and a card that opens it", async () => {
    const { tab, id } = await begin();
    await tab.close();
    await reply(id, "It is, come by.");
    await badge(tab, "1 unread reply");
    const card = tab.frame.getByRole("button", { name: /Admin from Harbour Bikes/ });
    await card.waitFor();
    expect(await card.textContent()).toContain("It is, come by.");
    await tab.frame.getByRole("button", { name: "Dismiss" }).click();
    await card.waitFor({ state: "hidden" });
    expect(await unreadOf(id)).toEqual(["It is, come by."]);
    await reply(id, "Until six.");
    await badge(tab, "2 unread replies");
    const isRead = await watchRead(id);
    await card.click();
    await tab.message("Until six.").waitFor();
    await isRead("Until six.");
    expect(await unreadOf(id)).toEqual([]);
  });

  test("26 in a hidden tab a reply is unread until the tab is shown", async () => {
    const { tab, id } = await begin();
    await tab.setHidden(true);
    await reply(id, "It is, come by.");
    await tab.message("It is, come by.").waitFor();
    // A second visitor reads meanwhile: whoever would have read has done so by then.
    const other = await begin();
    const otherIsRead = await watchRead(other.id);
    await reply(other.id, "Yours too.");
    await otherIsRead("Yours too.");
    expect(await unreadOf(id)).toEqual(["It is, come by."]);
    const isRead = await watchRead(id);
    await tab.setHidden(false);
    await isRead("It is, come by.");
  });

  test("27 scrolled up, a reply is unread and announced by a button that leads to it", async () => {
    const { tab, id } = await begin();
    for (let index = 1; index <= 30; index++) await reply(id, `Reply ${index}`);
    await tab.message("Reply 30").waitFor();
    await tab.frame.getByRole("log").hover();
    await tab.page.mouse.wheel(0, -20_000);
    await tab.message("Is my bike ready?").waitFor();
    await reply(id, "The newest");
    await tab.frame.getByRole("button", { name: "1 new message" }).waitFor();
    const isRead = await watchRead(id);
    await tab.frame.getByRole("button", { name: "1 new message" }).click();
    await isRead("The newest");
    await tab.frame.getByRole("button", { name: "1 new message" }).waitFor({ state: "detached" });
  });

  test("28 seen for a second it is read, and nothing is forwarded any more", async () => {
    const { tab, id } = await begin();
    const isRead = await watchRead(id);
    await reply(id, "It is, come by.");
    await tab.message("It is, come by.").waitFor();
    const forwarding = async () =>
      (await widget.agent.client.do("query ($id: ID!) { conversation(id: $id) { forwarding { state } } }", { id }))
        .conversation.forwarding.state;
    expect(await forwarding()).not.toBe("NOTHING_PENDING");
    await isRead("It is, come by.");
    expect(await forwarding()).toBe("NOTHING_PENDING");
  });

  test("29 and 30 two tabs are one visitor: present until both are gone, with one count and one sound", async () => {
    const person = await widget.person();
    await person.browser.addInitScript(`{
      window.sounds = 0;
      const Real = window.AudioContext;
      window.AudioContext = class extends Real { constructor() { super(); window.sounds += 1; } };
    }`);
    const first = await person.visit();
    await first.begin("Is my bike ready?");
    await first.close();
    const second = await person.visit("/other");
    await second.launcher.waitFor();
    const { id } = await widget.newestConversation();
    await second.page.waitForFunction("localStorage.getItem('afterchat.keep') !== null");
    await second.frame.getByText("Admin is here").waitFor({ state: "attached" });
    await reply(id, "It is, come by.");
    await Promise.all([badge(first, "1 unread reply"), badge(second, "1 unread reply")]);
    const sounds = async (tab: WidgetPage) => {
      const frame = tab.page.frames().find((each) => each.url().endsWith("/widget"));
      return Number(await frame?.evaluate("sounds"));
    };
    await first.frame.locator(".peek").waitFor();
    await second.frame.locator(".peek").waitFor();
    expect((await sounds(first)) + (await sounds(second))).toBe(1);
    await second.open();
    await first.page.getByRole("button", { name: "Open the chat", exact: true }).waitFor();
    const online = async () => {
      await widget.app.services.presence.flush();
      return (await widget.newestConversation("visitor { online }")).visitor.online;
    };
    await first.page.close();
    await widget.app.pass(60);
    expect(await online()).toBe(true);
    await second.page.close();
    // The server hears of it when the browser has closed the socket.
    do await widget.app.pass(60);
    while (await online());
  });

  test("32 from page to page of the website the visitor stays present, and staff sees the page", async () => {
    const { tab, id } = await begin();
    const connection = await widget.agent.client.connect();
    const updates = await widget.app.subscribe(
      connection,
      "subscription ($id: ID!) { conversationUpdated(conversationId: $id) { visitor { page leftAt } } }",
      { id },
    );
    await tab.page.getByRole("link", { name: "Other page" }).click();
    await tab.page.waitForURL(/\/other$/);
    for (;;) {
      const { visitor } = (await updates.next()).data?.conversationUpdated ?? {};
      if (visitor.page.endsWith("/other") && visitor.leftAt === null) break;
    }
    await connection.close();
    // As long ago as a visitor who had left would have to be gone: who is here is sent nothing.
    await reply(id, "It is, come by.");
    await tab.setHidden(true);
    await widget.app.pass(400);
    expect(widget.context.mail.mails).toEqual([]);
  });

  test("35 a reply is announced once, with the name of its writer", async () => {
    const { tab, id } = await begin();
    await tab.frame.locator("body").evaluate(
      `window.announced = [];
      new MutationObserver(() => announced.push(document.querySelector("[aria-live=polite]").textContent))
        .observe(document.querySelector("[aria-live=polite]"), { childList: true, characterData: true, subtree: true });`,
    );
    await reply(id, "It is, come by.");
    await tab.message("It is, come by.").waitFor();
    await tab.write("Thank you!");
    await tab.message("Thank you!").waitFor();
    await tab.frame.locator(".later").waitFor({ state: "detached" });
    expect(await tab.frame.locator("body").evaluate("announced.filter((text) => text !== '')")).toEqual([
      "Admin: It is, come by.",
    ]);
  });

  test("shows who is typing, until they have written", async () => {
    const { tab, id } = await begin();
    await widget.agent.client.do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id });
    await tab.frame.getByText("Admin is typing").waitFor({ state: "attached" });
    await reply(id, "It is.");
    await tab.frame.getByText("Admin is typing").waitFor({ state: "detached" });
  });
});
