import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutWholeChromium } from "../../support/browser/chromium.js";
import { WidgetContext } from "./widget-context.js";

const skipped = withoutWholeChromium;
(skipped === null ? describe : describe.skip)(`The back button${skipped ?? ""}`, () => {
  let widget: WidgetContext;
  beforeAll(async () => {
    widget = await WidgetContext.setup({}, { needsWholeBrowser: true });
    await widget.setContactForm("OFF");
  });
  afterAll(() => widget?.teardown());

  test("31 brought back by the browser's back button, it goes on where it was", async () => {
    const tab = await widget.visitor();
    const { id } = await widget.newestConversation();
    const box = await tab.field.boundingBox();
    const fieldAt = box && { x: box.x + 20, y: box.y + box.height / 2 };
    await tab.page.evaluate("addEventListener('pageshow', ({ persisted }) => { window.wasKept = persisted; })");
    await tab.page.getByRole("link", { name: "Other page" }).click();
    await tab.page.waitForURL(/\/other$/);
    await widget.agent.reply({ conversationId: id }, "Meanwhile");
    // A page that was kept is not loaded again.
    await tab.page.evaluate("void setTimeout(() => history.back())");
    await tab.page.waitForFunction("window.wasKept === true");
    // Playwright does not see the frames of a page that comes back, so this looks from the other side, and types where the field is.
    const connection = await widget.agent.client.connect();
    const reads = await widget.app.subscribe(connection, "subscription { messageUpdated { text read } }");
    await widget.agent.reply({ conversationId: id }, "Welcome back");
    for (;;) {
      const { text, read } = (await reads.next()).data?.messageUpdated ?? {};
      if (read && text === "Welcome back") break;
    }
    const messages = await widget.app.subscribe(connection, "subscription { messageAdded { text } }");
    await tab.page.mouse.click(fieldAt?.x ?? 0, fieldAt?.y ?? 0);
    await tab.page.keyboard.type("I am back");
    await tab.page.keyboard.press("Enter");
    expect((await messages.next()).data).toEqual({ messageAdded: { text: "I am back" } });
    await connection.close();
    expect(await widget.textsOf(id)).toEqual(["Is my bike ready?", "Meanwhile", "Welcome back", "I am back"]);
  });
});
