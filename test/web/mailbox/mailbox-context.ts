import type { Browser, BrowserContext, BrowserContextOptions, FrameLocator, Locator, Page } from "playwright-core";
import { TestAgent } from "../../support/app/test-agent.js";
import { TestApp } from "../../support/app/test-app.js";
import { type Arrival, TestVisitor } from "../../support/app/test-visitor.js";
import { launchChromium } from "../../support/browser/chromium.js";
import { type PageWatch, watchPage } from "../../support/browser/watch-page.js";
import { TcpProxy } from "../../support/fakes/tcp-proxy.js";

/** Generous: on a busy machine a browser takes its time. */
const timeoutMs = 10_000;

/**
 * The program without a mail server behind a network that can be cut, an agent, visitors whose answers are emailed, and browsers that look
 * into the mailbox.
 */
export class MailboxContext {
  #visitors = 0;

  private constructor(
    readonly app: TestApp,
    readonly agent: TestAgent,
    readonly browser: Browser,
    readonly network: TcpProxy,
  ) {}

  static async setup(): Promise<MailboxContext> {
    const [app, browser] = await Promise.all([TestApp.start({ LIMITS_FACTOR: "100" }), launchChromium()]);
    const agent = await TestAgent.signIn(app);
    await agent.client.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
    const { hostname, port } = new URL(app.url);
    const network = await TcpProxy.start({ host: hostname, port: Number(port) });
    return new MailboxContext(app, agent, browser, network);
  }

  async teardown(): Promise<void> {
    await this.browser.close();
    await this.network.stop();
    await this.app.stop();
  }

  /** Through the network that can be cut. */
  get url(): string {
    return `http://127.0.0.1:${this.network.port}`;
  }

  /** As it is printed at the start. */
  get key(): string {
    const notes = this.app.services.channels.get("email")?.connection?.startNotes ?? [];
    return notes.find((note) => note.startsWith("Mailbox key: "))?.slice("Mailbox key: ".length) ?? "";
  }

  /** A visitor who asked, left, and got this reply by email. */
  async forward(reply: string, arrival: Arrival = {}): Promise<TestVisitor> {
    this.#visitors += 1;
    const visitor = await TestVisitor.arrive(this.app, { email: `ana-${this.#visitors}@home.example`, ...arrival });
    await visitor.say("Good afternoon! Is my blue tourer ready?");
    await visitor.leave();
    // Else only a notice is sent to an address that the visitor has typed.
    await this.agent.confirmAddress(visitor);
    await this.replyTo(visitor, reply);
    return visitor;
  }

  async replyTo(visitor: TestVisitor, reply: string): Promise<void> {
    await this.agent.reply(visitor, reply, "Ben");
    await this.agent.forwardNow(visitor);
    await this.app.tick();
  }

  async visitorIdOf({ conversationId }: TestVisitor): Promise<string> {
    const query = "query ($id: ID!) { conversation(id: $id) { visitor { id } } }";
    return (await this.agent.client.do(query, { id: conversationId })).conversation.visitor.id;
  }

  /** The texts of a visitor's conversation, oldest first. */
  async textsOf(visitor: TestVisitor): Promise<readonly string[]> {
    const { messages } = await this.agent.conversation(visitor);
    return messages.nodes.map(({ text }: { text: string }) => text);
  }

  /** A browser of its own; `locked`: the key has not been entered. */
  async open({
    locked = false,
    path = "/mailbox",
    ...options
  }: BrowserContextOptions & { readonly locked?: boolean; readonly path?: string } = {}): Promise<MailboxPage> {
    const context = await this.browser.newContext({
      viewport: { width: 1200, height: 800 },
      locale: "en-GB",
      timezoneId: "Europe/London",
      ...options,
    });
    context.setDefaultTimeout(timeoutMs);
    const { url } = this;
    if (!locked) await context.addCookies([{ name: "afterchat_mailbox", value: this.key, url }]);
    const page = new MailboxPage(context, await context.newPage(), url);
    await page.page.goto(url + path);
    return page;
  }
}

export class MailboxPage {
  readonly watch: PageWatch;
  /** The email in its frame. */
  readonly letter: FrameLocator;
  readonly rows: Locator;
  readonly field: Locator;
  readonly outcome: Locator;

  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    origin: string,
  ) {
    this.watch = watchPage(page, origin);
    this.letter = page.frameLocator("iframe");
    this.rows = page.locator(".mails a");
    this.field = page.getByRole("textbox", { name: /^Answer as/ });
    this.outcome = page.locator(".outcome");
  }

  /** Chooses in the menu beside the answer. */
  async choose(name: string): Promise<void> {
    await this.page.getByRole("button", { name: "More" }).click();
    await this.page.getByRole("menuitem", { name }).click();
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
