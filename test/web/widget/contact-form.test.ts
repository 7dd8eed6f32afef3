import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { WidgetContext } from "./widget-context.js";

(withoutChromium === null ? describe : describe.skip)(`Asking for an address${withoutChromium ?? ""}`, () => {
  let widget: WidgetContext;
  beforeAll(async () => {
    widget = await WidgetContext.setup();
  });
  afterAll(() => widget?.teardown());

  const question = "Where should the answer go?";

  test("15 where it is required, the form comes first, with the message in view, and sends it", async () => {
    await widget.setContactForm("REQUIRED");
    const tab = await (await widget.person()).visit();
    await tab.open();
    await tab.frame.getByRole("button", { name: "Write to us" }).click();
    await tab.write("Is my bike ready?");
    await tab.frame.getByText(question).waitFor();
    expect(await tab.texts()).toEqual(["Is my bike ready?"]);
    expect(await tab.field.isDisabled()).toBe(true);
    const email = tab.frame.getByLabel("Email");
    await email.waitFor();
    await tab.frame.locator("input[type=email]:focus").waitFor();
    await email.press("Enter");
    await tab.frame.getByText("Please enter your email address").waitFor();
    await email.fill("ana@example");
    await email.press("Enter");
    await tab.frame.getByText("That looks unfinished: please check the part after @").waitFor();
    expect(await email.getAttribute("aria-invalid")).toBe("true");
    await email.fill("ana@example.com");
    await tab.frame.getByLabel("Name").fill("Ana");
    await tab.frame.getByRole("button", { name: "Send message" }).click();
    await tab.frame.getByText("Sent", { exact: true }).waitFor();
    const { visitor } = await widget.newestConversation();
    expect(visitor).toMatchObject({ email: "ana@example.com", name: "Ana" });
    expect(await tab.frame.getByText(question).count()).toBe(0);
    expect(tab.failures).toEqual([]);
  });

  test("where it is optional, the form follows the first message and can be declined for good", async () => {
    await widget.setContactForm("OPTIONAL");
    const tab = await widget.visitor("Is my bike ready?");
    await tab.frame.getByText(question).waitFor();
    await tab.frame.getByText("If you have to go, our answer reaches you by email.").waitFor();
    await tab.frame.getByRole("button", { name: "Not now" }).click();
    await tab.frame.getByText(question).waitFor({ state: "detached" });
    await tab.page.reload();
    await tab.message("Is my bike ready?").waitFor();
    expect(await tab.frame.getByText(question).count()).toBe(0);
  });

  test("16 the form appears when the last agent goes, and goes with one who comes", async () => {
    await widget.setContactForm("OFF", "REQUIRED");
    const tab = await widget.visitor("Is my bike ready?");
    await tab.frame.getByText("Admin is here").waitFor();
    expect(await tab.frame.getByText(question).count()).toBe(0);
    await widget.agent.setAvailability("OFFLINE");
    await tab.frame.getByText(question).waitFor();
    await tab.frame.getByText("Nobody is here right now").waitFor();
    await widget.agent.setAvailability("ONLINE");
    await tab.frame.getByText(question).waitFor({ state: "detached" });
  });

  test("while nobody is here, says where the answer will go, and lets the visitor change it or stop it", async () => {
    await widget.setContactForm("OPTIONAL");
    const tab = await widget.visitor("Is my bike ready?");
    await tab.frame.getByLabel("Email").fill("ana@example.com");
    await tab.frame.getByRole("button", { name: "Email me" }).click();
    await widget.agent.setAvailability("OFFLINE");
    try {
      await tab.frame.getByText("We’ll email your answer to ana@example.com").waitFor();
      await tab.frame.getByText("Away: answers by email").waitFor();
      await tab.frame.getByRole("button", { name: "Use another address" }).click();
      await tab.frame.getByLabel("Email").fill("work@example.com");
      await tab.frame.getByRole("button", { name: "Email me" }).click();
      await tab.frame.getByText("We’ll email your answer to work@example.com").waitFor();
      await tab.frame.getByRole("button", { name: "More" }).click();
      await tab.frame.getByRole("menuitemcheckbox", { name: "Email me answers" }).click();
      await tab.frame.getByText("Answers wait for you here.").waitFor();
      await tab.frame.getByText("Away: come back for the answer").waitFor();
      await tab.frame.getByRole("button", { name: "Email them to me" }).click();
      await tab.frame.getByText("We’ll email your answer to work@example.com").waitFor();
    } finally {
      await widget.agent.setAvailability("ONLINE");
    }
    await tab.frame.getByText("We’ll email your answer").waitFor({ state: "detached" });
  });

  test("never promises an email where none would be sent", async () => {
    await widget.setContactForm("OFF");
    const set = (mode: string) =>
      widget.agent.client.do(`mutation { updateForwardingPreference(input: { mode: ${mode} }) { mode } }`);
    await set("NOTHING");
    await widget.agent.setAvailability("OFFLINE");
    try {
      const tab = await (await widget.person()).visit();
      await tab.open();
      await tab.frame.getByText("Away: come back for the answer").waitFor();
      expect(await tab.frame.getByText(/email/).count()).toBe(0);
    } finally {
      await widget.agent.setAvailability("ONLINE");
      await set("UNREAD_REPLIES");
    }
  });
});
