import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { ConsoleContext, type ConsolePage, type Left } from "./console-context.js";

(withoutChromium === null ? describe : describe.skip)(`In the console${withoutChromium ?? ""}`, () => {
  let console: ConsoleContext;
  let tab: ConsolePage;
  let ana: Left;
  let people = 0;
  beforeAll(async () => {
    console = await ConsoleContext.setup();
    tab = await console.agent();
  });
  beforeEach(async () => {
    people += 1;
    ana = await console.visitorWhoLeft(`Ana ${people}`);
  });
  afterAll(() => console?.teardown());

  const colleague = async () => {
    const { email, password } = await console.context.createAgent();
    return console.agent({ email, password });
  };

  test("39 keys go through the list, write, hold, release, assign, close and reopen, and lead to other pages", async () => {
    const other = await console.visitorWhoLeft(`Luis ${people}`);
    await tab.page.goto(`${console.url}/console/open`);
    await tab.row(`Luis ${people}`).waitFor();
    await tab.page.keyboard.press("j");
    await tab.page.waitForURL(new RegExp(other.conversationId));
    await tab.log.waitFor();
    await tab.page.keyboard.press("Escape");
    await tab.page.keyboard.press("j");
    await tab.page.waitForURL(new RegExp(ana.conversationId));
    await tab.page.keyboard.press("Escape");
    await tab.page.keyboard.press("k");
    await tab.page.waitForURL(new RegExp(other.conversationId));
    await tab.message("Is my bike ready?").waitFor();
    await tab.page.keyboard.press("Escape");
    await tab.page.keyboard.press("r");
    await tab.page.keyboard.type("It is, come by. h e m");
    await tab.page.keyboard.press("Control+Enter");
    await tab.message("It is, come by. h e m").waitFor();
    await tab.outlook.getByText(/^Goes to/).waitFor();
    await tab.page.keyboard.press("Escape");
    await tab.change(() => tab.page.keyboard.press("h"));
    await tab.outlook.getByText("Held: 1 reply stays here until you release it").waitFor();
    await tab.change(() => tab.page.keyboard.press("h"));
    await tab.outlook.getByText(/^Goes to/).waitFor();
    await tab.page.keyboard.press("m");
    await tab.page.getByRole("button", { name: "Assigned to Admin" }).waitFor();
    await tab.page.keyboard.press("i");
    await tab.page.getByRole("complementary", { name: "Visitor" }).waitFor({ state: "detached" });
    await tab.page.keyboard.press("i");
    await tab.page.getByRole("complementary", { name: "Visitor" }).waitFor();
    await tab.change(() => tab.page.keyboard.press("Shift+S"));
    await tab.log.getByText(`(forwarded to ${other.email})`).waitFor();
    await tab.page.keyboard.press("e");
    await tab.page.getByText("This conversation is closed.").waitFor();
    await tab.row(`Luis ${people}`).waitFor({ state: "detached" });
    await tab.page.keyboard.press("e");
    await tab.composer.waitFor();
    await tab.page.keyboard.press("?");
    await tab.page.getByRole("dialog", { name: "Keys" }).waitFor();
    await tab.page.keyboard.press("Escape");
    await tab.page.keyboard.press("g");
    await tab.page.keyboard.press("d");
    await tab.page.getByRole("heading", { name: "Deliveries" }).waitFor();
    await tab.page.keyboard.press("g");
    await tab.page.keyboard.press("p");
    await tab.page.getByRole("heading", { name: "Forwarding preferences" }).waitFor();
    await tab.page.keyboard.press("/");
    await tab.page.keyboard.type(`Luis ${people}`);
    await tab.page.keyboard.press("Enter");
    await tab.row(`Luis ${people}`).waitFor();
  });

  test("two agents see what the other does, and who answers second is told before sending", async () => {
    const mira = await colleague();
    await tab.open(ana);
    await mira.open(ana);
    await tab.reply("Let me ask, one moment.");
    await mira.message("Let me ask, one moment.").waitFor();
    await mira.outlook.getByRole("button", { name: "Hold" }).click();
    await tab.outlook.getByText(/^Held by Colleague/).waitFor();
    await tab.composer.fill("It is ready!");
    await mira.reply("It is ready, come by.");
    await tab.page.getByText(/^Colleague \d+ has just answered/).waitFor();
    await tab.composer.press("Control+Enter");
    expect(await tab.composer.inputValue()).toBe("It is ready!");
    expect(await tab.message("It is ready!").count()).toBe(0);
    await tab.composer.press("Control+Enter");
    await tab.message("It is ready!").waitFor();
    expect(await tab.page.getByText("has just answered").count()).toBe(0);
    await mira.page.context().close();
  });

  test("what a visitor writes comes by itself, with who is writing, and is read after a second on the screen", async () => {
    const luis = await console.context.visitor({ name: `Kim ${people}` });
    await luis.say("Do you rent child seats?");
    await tab.page.goto(`${console.url}/console/open`);
    const row = tab.row(`Kim ${people}`);
    await row.getByText("1 unread").waitFor();
    await tab.open(luis);
    await row.getByText("1 unread").waitFor({ state: "detached" });
    await luis.client.do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id: luis.conversationId });
    await tab.log.getByText(`Kim ${people} is writing`).waitFor();
    await luis.say("We arrive on Friday.");
    await tab.message("We arrive on Friday.").waitFor();
    await luis.leave();
    await tab.log.getByText(`Kim ${people} left the website at`).waitFor();
  });

  test("a refusal says why in the bar, and the bar shows what is true", async () => {
    await tab.open(ana);
    await tab.reply("It is, come by.");
    await tab.outlook.getByRole("button", { name: "Send now" }).waitFor();
    // The visitor has opted out meanwhile, and the page has not heard of it.
    await tab.page.route("**/graphql", (route) =>
      route.request().postData()?.includes("ForwardNow")
        ? route.fulfill({
            json: {
              errors: [
                {
                  message: "The visitor has opted out of email.",
                  extensions: { code: "DELIVERY_NOT_POSSIBLE", reason: "OPTED_OUT" },
                },
              ],
            },
          })
        : route.continue(),
    );
    await tab.outlook.getByRole("button", { name: "Send now" }).click();
    await tab.page.getByRole("alert").filter({ hasText: "The visitor has opted out of email." }).waitFor();
    await tab.page.unroute("**/graphql");
    await tab.outlook.getByRole("button", { name: "Send now" }).waitFor();
  });

  test("a conversation that does not exist says so, and a list that cannot be read can be tried again", async () => {
    await tab.page.goto(`${console.url}/console/open/0190a000-0000-7000-8000-000000000000`);
    await tab.page.getByText("There is no such conversation").waitFor();
    await tab.page.goto(`${console.url}/console/open/nonsense`);
    await tab.page.getByText("There is no such conversation").waitFor();
    await tab.page.route("**/graphql", (route) =>
      route.request().postData()?.includes("DeliveryList") ? route.abort() : route.continue(),
    );
    await tab.page.goto(`${console.url}/console/deliveries`);
    await tab.page.getByText("The server did not answer").waitFor();
    await tab.page.unroute("**/graphql");
    await tab.page.getByRole("button", { name: "Try again" }).click();
    await tab.page
      .getByText(/No deliveries|Status/)
      .first()
      .waitFor();
  });

  test("without a connection it says since when, keeps what is written, and sends it once the server is back", async () => {
    await tab.open(ana);
    await tab.message("Is my bike ready?").waitFor();
    await console.network.stop();
    await tab.page.getByText(/^No connection\. What you see is from/).waitFor();
    await tab.reply("It is, come by.");
    await tab.log.getByText("Waits for the connection").waitFor();
    await console.context.agent.reply(ana, "From elsewhere.");
    await console.mendNetwork();
    await tab.page.getByText(/^No connection/).waitFor({ state: "detached" });
    await tab.message("From elsewhere.").waitFor();
    await tab.log.getByText("Waits for the connection").waitFor({ state: "detached" });
    const texts = (await console.context.agent.conversation(ana)).messages.nodes.map(
      ({ text }: { readonly text: string }) => text,
    );
    expect(texts).toEqual(["Is my bike ready?", "From elsewhere.", "It is, come by."]);
    expect(await tab.message("It is, come by.").count()).toBe(1);
  });

  test("a session that ends asks to sign in over the page, and the draft stays", async () => {
    const { email, password } = await console.context.createAgent();
    const mira = await console.agent({ email, password });
    await mira.open(ana);
    await mira.composer.fill("It is ready, and");
    const { agents } = await console.context.agent.client.do("{ agents { id email } }");
    const agent = agents.find((one: { readonly email: string }) => one.email === email);
    await console.context.agent.client.do(
      "mutation ($input: UpdateAgentInput!) { updateAgent(input: $input) { id } }",
      { input: { agentId: agent.id, password: "quite another password" } },
    );
    await mira.page.getByText("Your session has ended. What you were writing is kept.").waitFor();
    await mira.signIn(email, "quite another password");
    await mira.log.waitFor();
    expect(await mira.composer.inputValue()).toBe("It is ready, and");
    await mira.page.context().close();
  });

  test("an agent sees no pages of admins, and preferences without controls", async () => {
    const mira = await colleague();
    await mira.page.getByRole("link", { name: "Deliveries" }).waitFor();
    for (const name of ["Suppressed addresses", "Inbound emails", "Team", "Contact form", "Set up"])
      expect(await mira.page.getByRole("link", { name }).count()).toBe(0);
    await mira.page.goto(`${console.url}/console/preferences`);
    await mira.page.getByText("Only admins change this.").waitFor();
    expect(await mira.page.getByRole("radio", { name: /Do not send anything/ }).isDisabled()).toBe(true);
    await mira.page.context().close();
  });

  test("an admin sees what a preference does before saving it", async () => {
    await console.context.agent.reply(ana, "It is, come by.");
    await tab.page.goto(`${console.url}/console/preferences`);
    await tab.page.getByRole("radio", { name: /Do not send anything/ }).check();
    await tab.page.getByText(/would not be sent any more/).waitFor();
    await tab.page.getByRole("button", { name: "Discard" }).click();
    await tab.page.getByLabel("After the visitor left", { exact: true }).fill("1 h 30 min");
    await tab.page.getByText("after the visitor left: 1 h 30 min instead of 5 min").waitFor();
    await tab.page.getByText("15:36:00").waitFor();
    await tab.page.getByLabel("After the visitor left", { exact: true }).fill("a week or so");
    await tab.page.getByText("0 s to 24 h, such as 5 min").waitFor();
    await tab.page.getByLabel("After the visitor left", { exact: true }).fill("6");
    await tab.page.getByRole("button", { name: "Save" }).click();
    await tab.page.getByText("Saved.").waitFor();
    const { forwardingPreference } = await console.context.agent.client.do(
      "{ forwardingPreference { visitorLeftDelaySeconds } }",
    );
    expect(forwardingPreference).toEqual({ visitorLeftDelaySeconds: 360 });
    await console.context.agent.updatePreference({ visitorLeftDelaySeconds: 300 });
  });

  test("a wrong password is said under its field", async () => {
    const page = await console.browser.newPage();
    await page.goto(`${console.url}/console`);
    await page.getByLabel("Email").fill("ben@example.com");
    await page.getByLabel("Password").fill("wrong one");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").filter({ hasText: "Email or password is wrong" }).waitFor();
    await page.close();
  });
});
