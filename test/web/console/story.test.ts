import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createTransport } from "nodemailer";
import { withoutChromium } from "../../support/browser/chromium.js";
import { addressOf } from "../../support/fakes/mail-sink.js";
import { ConsoleContext } from "./console-context.js";

(withoutChromium === null ? describe : describe.skip)(`The story of a reply${withoutChromium ?? ""}`, () => {
  let console: ConsoleContext;
  beforeAll(async () => {
    console = await ConsoleContext.setup({ EMAIL_SMTP_LISTEN: "127.0.0.1:0" });
  });
  afterAll(() => console?.teardown());

  test("40 leave → countdown → Hold → Release → Send now → mailbox → (forwarded to …) → answer as visitor, without a reload", async () => {
    const ana = await console.visitorWhoLeft();
    const tab = await console.agent();
    await tab.row("Ana").click();
    await tab.message("Is my bike ready?").waitFor();
    await tab.page.getByText(/^Ana left the website at/).waitFor();
    await tab.reply("It is ready! Come by.");
    await tab.outlook.getByText(`Goes to ${ana.email} in`).waitFor();
    await tab.outlook.getByText("unless read").waitFor();
    await tab.log.getByText("1 reply waits").waitFor();
    await tab
      .row("Ana")
      .getByText(/Emails in [45] min/)
      .waitFor();
    // It counts down by itself.
    const left = await tab.outlook.locator(".when").textContent();
    await tab.outlook
      .locator(".when")
      .filter({ hasNotText: left ?? "" })
      .waitFor();

    await tab.outlook.getByRole("button", { name: "Hold" }).click();
    await tab.outlook.getByText("Held: 1 reply stays here until you release it").waitFor();
    await tab.row("Ana").getByText("Held by Admin").waitFor();
    expect((await tab.forwarding(ana)).state).toBe("HELD");
    await tab.outlook.getByRole("button", { name: "Release" }).click();
    await tab.outlook.getByText("unless read").waitFor();
    await tab.change(() => tab.outlook.getByRole("button", { name: "Send now" }).click());
    await tab.log.getByText(`(forwarded to ${ana.email})`).waitFor();
    await tab.outlook.getByText(`Nothing waits. Forwarded to ${ana.email} at`).waitFor();
    await tab.row("Ana").getByText("Forwarded").waitFor();
    await tab.page.getByText("When this went, and why").waitFor();
    const mail = console.context.mailsTo(ana)[0];
    expect(mail?.parsed.text).toContain("It is ready! Come by.");

    await deliver(ana.email, addressOf(mail?.parsed.replyTo).address, mail?.parsed.messageId ?? "");
    await console.app.tick();
    await tab.message("Wonderful, I will come by at five.").waitFor();
    await tab.log.getByText("by email").waitFor();
    await tab.outlook.getByText("Nothing waits.").waitFor();
    expect(tab.failures).toEqual([]);
  });

  test("a reply may be emailed with the key that sends it", async () => {
    const luis = await console.visitorWhoLeft("Luis");
    const tab = await console.agent();
    await tab.open(luis);
    await tab.composer.fill("Two child seats are reserved.");
    await tab.composer.press("Control+Shift+Enter");
    await tab.log.getByText("Two child seats are reserved.").waitFor();
    await tab.outlook.getByText("Sending 1 reply to").waitFor();
    await console.app.tick();
    await tab.log.getByText(`(forwarded to ${luis.email})`).waitFor();
    expect(console.context.mailCount(luis)).toBe(1);
    expect(tab.failures).toEqual([]);
  });

  test("the preview shows the email that then goes, and its link signs nobody in", async () => {
    const kim = await console.visitorWhoLeft("Kim");
    const tab = await console.agent();
    await tab.open(kim);
    await tab.reply("Your saddle has come.");
    await tab.outlook.getByRole("button", { name: "Preview" }).click();
    const frame = tab.page.frameLocator("iframe[title='The email']");
    await frame.getByText("Your saddle has come.").waitFor();
    await frame.getByText("Hello Kim,").waitFor();
    expect(await frame.locator("body").innerHTML()).not.toContain("afterchat-resume");
    const colour = await frame
      .locator("a")
      .first()
      .evaluate("getComputedStyle(document.querySelector('a')).backgroundColor");
    expect(colour).not.toBe("rgba(0, 0, 0, 0)");
    await tab.page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    expect(tab.failures).toEqual([]);
  });

  /** An email from the visitor, by SMTP, as their mail server brings it. */
  async function deliver(from: string, to: string, inReplyTo: string): Promise<void> {
    const notes = console.app.services.channels.get("email")?.connection?.startNotes ?? [];
    const port = Number(/:(\d+)$/.exec(notes.find((line) => line.includes("by SMTP on")) ?? "")?.[1]);
    const transport = createTransport({ host: "127.0.0.1", port, ignoreTLS: true });
    await transport.sendMail({
      ...{ from: `Ana <${from}>`, to, inReplyTo },
      subject: "Re: Your chat",
      text: "Wonderful, I will come by at five.",
      messageId: "<answer-1@example.com>",
    });
    transport.close();
  }
});
