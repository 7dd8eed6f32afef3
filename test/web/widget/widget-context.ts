import type { Browser, BrowserContext, BrowserContextOptions, FrameLocator, Locator, Page } from "playwright-core";
import type { Environment } from "../../../src/settings-error.js";
import type { Data } from "../../support/app/graphql-client.js";
import { TestContext } from "../../support/app/test-context.js";
import { launchChromium } from "../../support/browser/chromium.js";
import { FakeHttpServer } from "../../support/fakes/http-server.js";
import { TcpProxy } from "../../support/fakes/tcp-proxy.js";

/** Generous: on a busy machine a browser takes its time. */
const timeoutMs = 10_000;

interface WebPage {
  readonly head?: string;
  readonly body?: string;
  readonly policy?: string;
}

/** A website with the chat, the program behind a network that can be cut, and the browsers of visitors. */
export class WidgetContext {
  /** Pages beside the usual ones, by path. */
  readonly pages = new Map<string, WebPage>();
  readonly #people: BrowserContext[] = [];

  private constructor(
    readonly context: TestContext,
    readonly website: FakeHttpServer,
    /** Another one, which may not hold the chat. */
    readonly foreign: FakeHttpServer,
    readonly network: TcpProxy,
    readonly browser: Browser,
  ) {}

  /** `online`: whether an agent is there. */
  static async setup(
    environment: Environment = {},
    {
      agent = "online",
      needsWholeBrowser = false,
    }: { readonly agent?: "online" | "offline"; readonly needsWholeBrowser?: boolean } = {},
  ): Promise<WidgetContext> {
    let self: WidgetContext | undefined;
    const website = await FakeHttpServer.start(({ path }) => answer(self, path));
    const foreign = await FakeHttpServer.start(({ path }) => answer(self, path));
    const [context, browser] = await Promise.all([
      TestContext.setup({ WEBSITE_URL: website.url, LIMITS_FACTOR: "100", ...environment }, { agent }),
      launchChromium({ isWhole: needsWholeBrowser }),
    ]);
    const { hostname, port } = new URL(context.app.url);
    const network = await TcpProxy.start({ host: hostname, port: Number(port) });
    self = new WidgetContext(context, website, foreign, network, browser);
    await self.setContactForm("OPTIONAL");
    return self;
  }

  async teardown(): Promise<void> {
    await this.browser.close();
    await this.network.stop();
    await Promise.all([this.website.stop(), this.foreign.stop()]);
    await this.context.teardown();
  }

  /** Where the chat is served: through the network that can be cut. */
  get chatUrl(): string {
    return `http://127.0.0.1:${this.network.port}`;
  }

  get app() {
    return this.context.app;
  }

  get agent() {
    return this.context.agent;
  }

  /** Nothing is reachable until `mendNetwork`. */
  cutNetwork(): Promise<void> {
    return this.network.stop();
  }

  async mendNetwork(): Promise<void> {
    await this.network.stop();
    await this.network.listen();
  }

  async setContactForm(rule: "OFF" | "OPTIONAL" | "REQUIRED", whenOffline = rule): Promise<void> {
    await this.agent.client.do(
      "mutation ($input: UpdateContactFormInput!) { updateContactForm(input: $input) { current } }",
      { input: { whenOnline: rule, whenOffline } },
    );
  }

  /** Somebody with a browser of their own. */
  async person(options: BrowserContextOptions = {}): Promise<Person> {
    const context = await this.browser.newContext({
      viewport: { width: 1200, height: 800 },
      locale: "en-GB",
      ...options,
    });
    context.setDefaultTimeout(timeoutMs);
    this.#people.push(context);
    return new Person(this, context);
  }

  /** A visitor who has written this, and whose message has arrived. */
  async visitor(text = "Is my bike ready?", options: BrowserContextOptions = {}): Promise<WidgetPage> {
    const person = await this.person(options);
    const tab = await person.visit();
    await tab.begin(text);
    return tab;
  }

  /** The newest conversation, as the staff sees it. */
  async newestConversation(fields = "id visitor { id online email name page }"): Promise<Data> {
    const { conversations } = await this.agent.client.do(`{ conversations(first: 1) { nodes { ${fields} } } }`);
    return conversations.nodes[0];
  }

  /** A conversation's texts, oldest first, as the staff sees them. */
  async textsOf(id: string): Promise<readonly string[]> {
    const { conversation } = await this.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages(last: 100) { nodes { text } } } }",
      { id },
    );
    return conversation.messages.nodes.map(({ text }: Data) => text);
  }
}

export class Person {
  constructor(
    readonly widget: WidgetContext,
    readonly browser: BrowserContext,
  ) {}

  /** Opens a page of the website in a new tab. */
  async visit(path = "/", website = this.widget.website.url): Promise<WidgetPage> {
    const tab = new WidgetPage(this, await this.browser.newPage());
    await tab.page.goto(website + path);
    return tab;
  }

  leave(): Promise<void> {
    return this.browser.close();
  }
}

/** A tab of the website, and the chat in it. */
export class WidgetPage {
  /** What went wrong in it: errors of scripts, and what the browser has blocked. */
  readonly failures: string[] = [];
  readonly frame: FrameLocator;
  readonly launcher: Locator;
  readonly dialog: Locator;
  readonly field: Locator;
  /** The requests to the chat's server. */
  readonly requests: string[] = [];

  constructor(
    readonly person: Person,
    readonly page: Page,
  ) {
    this.frame = page.frameLocator("iframe[title=Chat]");
    this.launcher = page.getByRole("button", { name: /^(Open the chat|Chat öffnen|فتح المحادثة)/ });
    this.dialog = this.frame.getByRole("dialog");
    this.field = this.frame.locator("textarea");
    page.on("pageerror", (error) => this.failures.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.failures.push(message.text());
    });
    page.on("request", (request) => {
      if (request.url().startsWith(person.widget.chatUrl)) this.requests.push(new URL(request.url()).pathname);
    });
    page.on("websocket", () => this.requests.push("socket"));
  }

  /** Presses the launcher, and waits for what is there. */
  async open(): Promise<void> {
    await this.launcher.click();
    await this.dialog
      .getByRole("button", { name: /^(Write to us|Send)$/ })
      .first()
      .waitFor();
  }

  /** Writes a first message, from the start page if that is shown. */
  async begin(text: string): Promise<void> {
    await this.open();
    const write = this.frame.getByRole("button", { name: "Write to us" });
    if (await write.isVisible()) await write.click();
    await this.write(text);
    await this.frame.getByText("Sent", { exact: true }).waitFor();
  }

  async write(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** A message with exactly this text. */
  message(text: string): Locator {
    return this.frame.locator(".message p", { hasText: text });
  }

  /** All texts that are shown, from the top. */
  texts(): Promise<string[]> {
    return this.frame.locator(".message p").allTextContents();
  }

  async close(): Promise<void> {
    await this.field.press("Escape");
    await this.launcher.waitFor();
  }

  /** What the website's script does. */
  command(...args: readonly unknown[]): Promise<unknown> {
    return this.page.evaluate(`afterchat(...${JSON.stringify(args)})`);
  }

  /** Hides or shows the tab, as switching tabs does: the browser of the tests shows all of them. */
  async setHidden(isHidden: boolean): Promise<void> {
    const state = isHidden ? "hidden" : "visible";
    for (const frame of this.page.frames())
      await frame.evaluate(
        `Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
        document.dispatchEvent(new Event("visibilitychange"))`,
      );
  }
}

function answer(context: WidgetContext | undefined, path: string) {
  const { pathname } = new URL(path, "http://website");
  if (context === undefined || pathname === "/favicon.ico") return { status: 204 } as const;
  const script = `<script async src="${context.chatUrl}/afterchat.js"></script>`;
  const { head = script, body = "", policy } = context.pages.get(pathname) ?? {};
  return {
    status: 200,
    headers: { "content-type": "text/html", ...(policy !== undefined && { "content-security-policy": policy }) },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Harbour Bikes</title>${head}</head><body><h1>Bikes</h1><a href="/other">Other page</a>${body}</body></html>`,
  } as const;
}
