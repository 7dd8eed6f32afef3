import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createTransport } from "nodemailer";
import { withoutChromium } from "../../support/browser/chromium.js";
import { addressOf } from "../../support/fakes/mail-sink.js";
import { WidgetContext } from "./widget-context.js";

(withoutChromium === null ? describe : describe.skip)(`The whole story${withoutChromium ?? ""}`, () => {
  let widget: WidgetContext;
  beforeAll(async () => {
    widget = await WidgetContext.setup({ EMAIL_SMTP_LISTEN: "127.0.0.1:0" });
  });
  afterAll(() => widget?.teardown());

  test("40 a visitor leaves, is answered by email, answers it, and finds all of it in the reopened widget", async () => {
    await widget.setContactForm("OFF", "REQUIRED");
    await widget.agent.setAvailability("OFFLINE");
    const tab = await (await widget.person()).visit("/other");
    await tab.open();
    await tab.frame.getByRole("button", { name: "Write to us" }).click();
    await tab.write("Is my bike ready?");
    await tab.frame.getByLabel("Email").fill("ana@example.com");
    await tab.frame.getByLabel("Email").press("Enter");
    await tab.frame.getByText("We’ll email your answer to ana@example.com").waitFor();
    const { id: conversationId } = await widget.newestConversation();
    await tab.page.close();

    // An hour ago, as far as the program knows: the visitor is gone.
    await widget.app.pass(60);
    await widget.agent.reply({ conversationId }, "It is, come by.");
    await widget.app.pass(3_600);
    const [mail] = widget.context.mail.mails;
    expect(mail?.envelopeTo).toEqual(["ana@example.com"]);
    expect(mail?.parsed.text).toContain("It is, come by.");
    expect(mail?.parsed.text).toContain(`${widget.website.url}/other#afterchat-resume=`);
    const { conversation } = await widget.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages(last: 1) { nodes { forwardedTo } } } }",
      { id: conversationId },
    );
    expect(conversation.messages.nodes).toEqual([{ forwardedTo: "ana@example.com" }]);

    await deliver(
      addressOf(mail?.parsed.replyTo).address,
      mail?.parsed.messageId ?? "",
      "Wonderful, I will come by at five.",
    );
    await widget.app.tick();

    const back = await tab.person.visit("/");
    await back.launcher.click();
    await back.message("Wonderful, I will come by at five.").waitFor();
    expect(await back.texts()).toEqual(["Is my bike ready?", "It is, come by.", "Wonderful, I will come by at five."]);
    await back.frame.getByText(/^Also emailed to you at /).waitFor();
    await back.frame.getByText(/^From your email, /).waitFor();
    // And while it is open.
    await deliver(addressOf(mail?.parsed.replyTo).address, mail?.parsed.messageId ?? "", "Half past five, sorry.");
    await widget.app.tick();
    await back.message("Half past five, sorry.").waitFor();
    expect(back.failures).toEqual([]);
  });

  let delivered = 0;
  /** An email from the visitor, by SMTP, as their mail server brings it. */
  async function deliver(to: string, inReplyTo: string, words: string): Promise<void> {
    delivered += 1;
    const notes = widget.app.services.channels.get("email")?.connection?.startNotes ?? [];
    const port = Number(/:(\d+)$/.exec(notes.find((line) => line.includes("by SMTP on")) ?? "")?.[1]);
    const transport = createTransport({ host: "127.0.0.1", port, ignoreTLS: true });
    await transport.sendMail({
      from: "Ana <ana@example.com>",
      to,
      subject: "Re: Your chat",
      text: words,
      inReplyTo,
      messageId: `<answer-${delivered}@example.com>`,
    });
    transport.close();
  }
});
