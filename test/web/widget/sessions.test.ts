import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SignJWT } from "jose";
import { resumeCodeOf } from "../../support/app/resume-code.js";
import { withoutChromium } from "../../support/browser/chromium.js";
import { WidgetContext } from "./widget-context.js";

const identitySecret = "the website and this program share it";

(withoutChromium === null ? describe : describe.skip)(`Sessions in the widget${withoutChromium ?? ""}`, () => {
  let widget: WidgetContext;
  beforeAll(async () => {
    widget = await WidgetContext.setup({ IDENTITY_SECRET: identitySecret });
  });
  afterAll(() => widget?.teardown());

  /** Somebody who wrote, was answered by email after they left, and the code in its link. */
  async function answeredByEmail(email: string) {
    const tab = await widget.visitor();
    await tab.frame.getByLabel("Email").fill(email);
    await tab.frame.getByRole("button", { name: "Email me" }).click();
    await tab.frame.getByRole("form").waitFor({ state: "detached" });
    const { id: conversationId } = await widget.newestConversation();
    await tab.page.close();
    await widget.agent.reply({ conversationId }, "It is, come by.");
    await widget.context.forward(conversationId);
    const mail = widget.context.mail.mails.findLast(({ envelopeTo }) => envelopeTo.includes(email));
    return { person: tab.person, conversationId, code: resumeCodeOf(mail) };
  }

  test("11 a reload restores the conversation, the open panel and what was being written", async () => {
    const tab = await widget.visitor("Is my bike ready?");
    await tab.field.fill("One more thing");
    await tab.page.reload();
    await tab.message("Is my bike ready?").waitFor();
    expect(await tab.field.inputValue()).toBe("One more thing");
    expect(await tab.texts()).toEqual(["Is my bike ready?"]);
    await tab.close();
    await tab.page.reload();
    await tab.launcher.waitFor();
    expect(await tab.dialog.isVisible()).toBe(false);
  });

  test("12 the link in an email opens its conversation in the visitor's own browser, and is taken out of the address", async () => {
    const { person, code } = await answeredByEmail("ana@example.com");
    const tab = await person.visit(`/other?size=m#afterchat-resume=${code}`);
    await tab.message("It is, come by.").waitFor();
    expect(tab.page.url()).toBe(`${widget.website.url}/other?size=m`);
    await tab.frame.getByText(/^Also emailed to you at /).waitFor();
    expect(await tab.frame.getByText("only this conversation").count()).toBe(0);
    // The same link once more, in the tab that is open.
    await tab.close();
    await tab.page.evaluate(`location.hash = "afterchat-resume=${code}"`);
    await tab.message("It is, come by.").waitFor();
  });

  test("13 elsewhere the link shows its conversation only, with the address masked; Not you? begins anew", async () => {
    const { code } = await answeredByEmail("guest@example.com");
    const stranger = await widget.person();
    const tab = await stranger.visit(`/#afterchat-resume=${code}`);
    await tab.message("It is, come by.").waitFor();
    const strip = tab.frame.getByText("You came from the email to");
    expect(await strip.textContent()).toMatch(
      /^You came from the email to g\*+@example\.com, so only this conversation/,
    );
    await tab.frame.getByRole("button", { name: "More" }).click();
    expect(await tab.frame.getByRole("menuitem").count()).toBe(0);
    await tab.page.keyboard.press("Escape");
    await tab.write("Wonderful, I will come by at five.");
    await tab.frame.getByText("Sent", { exact: true }).waitFor();
    expect(await tab.frame.getByLabel("Email").count()).toBe(0);
    await tab.frame.getByRole("button", { name: "Not you?" }).click();
    await tab.frame.getByRole("button", { name: "Write to us" }).waitFor();
    expect(await tab.texts()).toEqual([]);
  });

  test("14 a link that has expired says so, and lets the visitor write", async () => {
    const { code, conversationId } = await answeredByEmail("late@example.com");
    await widget.agent.client.do("mutation ($id: ID!) { revokeResumeCodes(conversationId: $id) { id } }", {
      id: conversationId,
    });
    const tab = await (await widget.person()).visit(`/#afterchat-resume=${code}`);
    await tab.frame.getByText("This link no longer works: links in emails last 30 days. Write to us here.").waitFor();
    await tab.write("My link does not work.");
    await tab.frame.getByText("Sent", { exact: true }).waitFor();
    expect(await tab.texts()).toEqual(["My link does not work."]);
  });

  test("24 a session that ended begins anew, silently", async () => {
    const tab = await widget.visitor("Is my bike ready?");
    const { visitor } = await widget.newestConversation();
    await widget.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: visitor.id });
    await tab.message("Is my bike ready?").waitFor({ state: "detached" });
    const write = tab.frame.getByRole("button", { name: "Write to us" });
    if (await write.isVisible()) await write.click();
    await tab.write("Hello again");
    await tab.frame.getByText("Sent", { exact: true }).waitFor();
    expect(await tab.texts()).toEqual(["Hello again"]);
    expect((await widget.newestConversation()).visitor.id).not.toBe(visitor.id);
    expect(tab.failures).toEqual([]);
  });

  test("identifies the website's own user, at the start and after signing in", async () => {
    const identity = await new SignJWT({ email: "user@example.com", name: "Ada" })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("user-1")
      .setExpirationTime("10 min")
      .sign(new TextEncoder().encode(identitySecret));
    widget.pages.set("/signed-in", {
      head: `<script src="${widget.chatUrl}/afterchat.js" data-boot="manual"></script>`,
      body: `<script>afterchat("boot", { identity: async () => "${identity}" })</script>`,
    });
    const before = await (await widget.person()).visit("/signed-in");
    await before.begin("Is my bike ready?");
    expect((await widget.newestConversation()).visitor).toMatchObject({ email: "user@example.com", name: "Ada" });

    const after = await widget.visitor("And the tyres?");
    await after.command("identify", identity);
    await after.frame.getByRole("button", { name: "Your conversations" }).click();
    await after.frame.getByRole("button", { name: /Is my bike ready\?/ }).click();
    await after.message("Is my bike ready?").waitFor();
  });
});
