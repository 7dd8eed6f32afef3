import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { ConsoleContext, type ConsolePage } from "./console-context.js";

/** Each state comes about as it does in life, by people, mail servers and time. */
(withoutChromium === null ? describe : describe.skip)(`The outlook bar${withoutChromium ?? ""}`, () => {
  let console: ConsoleContext;
  let tab: ConsolePage;
  let people = 0;
  beforeAll(async () => {
    console = await ConsoleContext.setup();
    tab = await console.agent();
  });
  afterEach(() => {
    console.context.mail.behave(() => null);
  });
  afterAll(() => console?.teardown());

  /** Somebody who left, with a reply that waits. */
  async function waiting(name = "Ana") {
    people += 1;
    const visitor = await console.visitorWhoLeft(`${name} ${people}`);
    await console.context.agent.reply(visitor, "It is, come by.");
    return visitor;
  }

  /** The two lines that agents read, with the buttons. */
  async function expectBar(first: RegExp, second: RegExp, buttons: readonly string[]): Promise<void> {
    const [text, why] = [tab.page.locator(".outlook p").nth(0), tab.page.locator(".outlook p.why")];
    await text.filter({ hasText: first }).waitFor();
    await why.filter({ hasText: second }).waitFor();
    expect(await tab.page.locator(".outlook .acts button").allTextContents()).toEqual(buttons);
  }

  test("WAITING: where it goes, when, and why", async () => {
    const ana = await waiting();
    await tab.open(ana, "waiting");
    await expectBar(/^Goes to ana-\d+@example\.com in \d:\d\d unless read$/, /^Visitor left at .*1.reply/, [
      "Send now",
      "Hold",
    ]);
    await tab.page.getByText("When this goes, and why").waitFor();
    await tab.page.getByText("Not while an agent is online").waitFor();
  });

  test("WAITING while the page is open: a clock time", async () => {
    const visitor = await console.context.visitor({ name: "Luis" });
    await visitor.say("Is my bike ready?");
    await console.context.agent.reply(visitor, "It is, come by.");
    await tab.open(visitor);
    await expectBar(/^Goes to .* at \d\d:\d\d unless read$/, /^No activity since .*, the page is open/, [
      "Send now",
      "Hold",
    ]);
    await visitor.leave();
  });

  test("FULL_TRANSCRIPT: read or not", async () => {
    await console.context.agent.updatePreference({ mode: "FULL_TRANSCRIPT" });
    const ana = await waiting();
    await tab.open(ana);
    await expectBar(/^The transcript goes to .* in \d:\d\d$/, /2 messages, read or not/, ["Send now", "Hold"]);
    await console.context.agent.updatePreference({ mode: "UNREAD_REPLIES" });
  });

  test("HELD: by whom", async () => {
    const ana = await waiting();
    const hold = "mutation ($id: ID!) { holdForwarding(conversationId: $id) { id } }";
    await console.context.agent.client.do(hold, { id: ana.conversationId });
    await tab.open(ana, "held");
    await expectBar(
      /^Held: 1.reply stays here until you release it$/,
      /^Held by Admin at .*\s· they can still be read/,
      ["Send now", "Release"],
    );
    await tab.row(`Ana ${people}`).waitFor();
  });

  test("NO_ADDRESS: one can be added in place, and then it goes there", async () => {
    const visitor = await console.context.visitor({ name: null, email: null, timeZone: "Europe/Paris" });
    await visitor.say("Where can I leave the bike?");
    await visitor.leave();
    await console.context.agent.reply(visitor, "In the rack behind the shop.");
    await tab.open(visitor, "stuck");
    await tab.row("Visitor, Paris time").getByText("No address").waitFor();
    await expectBar(/^No address: 1.reply cannot be emailed$/, /^It waits in the chat until the visitor returns/, [
      "Add an address",
    ]);
    await tab.outlook.getByRole("button", { name: "Add an address" }).click();
    const field = tab.page.getByLabel("Email address of the visitor");
    await field.fill("nobody@");
    await tab.page.getByRole("button", { name: "Add", exact: true }).click();
    await tab.page.locator(".why.refused").waitFor();
    await field.fill("kim@example.com");
    await field.press("Enter");
    await tab.outlook.getByText("Goes to kim@example.com").waitFor();
  });

  test("OPTED_OUT: only the visitor can change it", async () => {
    people += 1;
    const visitor = await console.context.visitorWhoLeft({ name: `Elif ${people}` });
    await visitor.client.do("mutation { setEmailOptOut(optedOut: true) { id } }");
    await console.context.agent.reply(visitor, "It is, come by.");
    await tab.open(visitor);
    await expectBar(/^Elif \d+ wants no email$/, /1.reply waits in the chat\s· only the visitor can change this/, []);
  });

  test("queued again, FAILED and tried again: with what the mail server said", async () => {
    const ana = await waiting();
    console.context.mail.behave(() => ({ code: 450, message: "4.2.1 The mailbox is busy, try later" }));
    await console.context.forward(ana.conversationId);
    await tab.open(ana);
    await expectBar(
      /^Not sent yet: the mail server .*\. Next try in \d:\d\d$/,
      /attempt 2\s· due at .*\s· What it said$/,
      ["Try now", "Hold"],
    );
    await tab.outlook.getByRole("button", { name: "What it said" }).click();
    await tab.page.getByRole("dialog").getByText("450 4.2.1 The mailbox is busy, try later").waitFor();
    await tab.page.keyboard.press("Escape");
    console.context.mail.behave(() => ({ code: 554, message: "5.7.1 Message rejected due to content restrictions" }));
    await tab.change(() => tab.outlook.getByRole("button", { name: "Try now" }).click());
    await expectBar(
      /^1.reply was not sent to ana-\d+@example\.com$/,
      /^It said something new to Afterchat\s· What it said$/,
      ["Try again"],
    );
    await tab.row(`Ana ${people}`).getByText("Not sent").waitFor();
    console.context.mail.behave(() => null);
    await tab.change(() => tab.outlook.getByRole("button", { name: "Try again" }).click());
    await tab.outlook.getByText(/^Nothing waits\. Forwarded to/).waitFor();
  });

  test("ADDRESS_SUPPRESSED: since when and why; an admin lifts it", async () => {
    const ana = await waiting();
    console.context.mail.behave(() => ({ code: 550, message: "5.1.1 No such user" }));
    await console.context.forward(ana.conversationId);
    await tab.open(ana);
    await expectBar(
      /^ana-\d+@example\.com bounced: nothing is sent there$/,
      /^Today: “550 5\.1\.1 No such user”\s· 1.reply/,
      ["New address", "Lift…"],
    );
    console.context.mail.behave(() => null);
    await tab.outlook.getByRole("button", { name: "Lift…" }).click();
    await tab.page.getByRole("dialog").getByRole("button", { name: "Lift" }).click();
    await tab.page.getByText(/^Mail goes to .* again\.$/).waitFor();
  });

  test("UNCERTAIN: a person says that it arrived", async () => {
    const ana = await waiting();
    console.context.mail.behave(() => ({ code: 554, message: "5.7.1 No" }));
    const deliveryId = await console.context.forward(ana.conversationId);
    // As after a cut of a channel that could not be asked again; email itself repeats the same Message-ID.
    const text = `WITH unclear AS (UPDATE deliveries SET status = 'UNCERTAIN', failure_code = NULL, failure_detail = NULL WHERE id = $1)
      UPDATE conversations SET last_outcome = 'UNCERTAIN' WHERE id = $2`;
    await console.app.services.database.query({ name: "make-unclear", text }, [deliveryId, ana.conversationId]);
    await tab.open(ana);
    await expectBar(/^Unclear if 1.reply reached/, /^No answer came back\s· sent again, they could arrive twice$/, [
      "It arrived",
      "Send again",
    ]);
    await tab.outlook.getByRole("button", { name: "It arrived" }).click();
    await tab.outlook.getByText(/^Nothing waits\. Forwarded to/).waitFor();
    expect(await console.context.agent.delivery(ana)).toMatchObject({ status: "SENT" });
  });

  test("BLOCKED, and unblocked in place", async () => {
    const ana = await waiting();
    const { conversation } = await console.context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
      { id: ana.conversationId },
    );
    const block = "mutation ($id: ID!) { blockVisitor(visitorId: $id) { id } }";
    await console.context.agent.client.do(block, { id: conversation.visitor.id });
    await tab.open(ana);
    await expectBar(/is blocked: nothing is sent$/, /waits in the chat/, ["Unblock"]);
    await tab.outlook.getByRole("button", { name: "Unblock" }).click();
    await tab.page.locator(".outlook p").filter({ hasText: "is blocked" }).waitFor({ state: "detached" });
  });

  test("DISABLED: leads to the preferences", async () => {
    const ana = await waiting();
    await console.context.agent.updatePreference({ mode: "NOTHING" });
    await tab.open(ana);
    await expectBar(
      /^Replies are not emailed$/,
      /“Do not send anything”\s· 1.reply waits in the chat\s· Preferences$/,
      [],
    );
    await console.context.agent.updatePreference({ mode: "UNREAD_REPLIES" });
    await tab.outlook.getByText(/^Goes to/).waitFor();
  });

  test("CHANNEL_UNAVAILABLE: why, and the way to the channels, where it is resumed", async () => {
    const ana = await waiting();
    console.context.mail.behave(() => ({ code: 535, message: "5.7.8 Authentication credentials invalid" }));
    await console.context.forward(ana.conversationId);
    const other = await waiting("Luis");
    await tab.open(other);
    await expectBar(/^Email is paused: 1.reply waits until it works again$/, /nothing is lost$/, ["Open channels"]);
    await tab.page.getByText("1 paused").first().waitFor();
    console.context.mail.behave(() => null);
    await tab.outlook.getByRole("button", { name: "Open channels" }).click();
    await tab.page.getByText(/^Email is paused since/).waitFor();
    await tab.page.getByRole("button", { name: "Resume now" }).click();
    await tab.page.getByText("Email works again.").waitFor();
  });

  test("NOTHING_PENDING: read", async () => {
    people += 1;
    const visitor = await console.context.visitor({ name: `Keiko ${people}` });
    await visitor.say("Is my bike ready?");
    await visitor.read(await console.context.agent.reply(visitor, "It is, come by."));
    await tab.open(visitor);
    await tab.outlook.getByText(/^Nothing waits\. Keiko \d+ has read every reply\.$/).waitFor();
    await tab.log.getByText("Read", { exact: true }).waitFor();
    await visitor.leave();
    expect(tab.failures).toEqual([]);
  });
});
