import type { Browser, BrowserContextOptions, Locator, Page, Response } from "playwright-core";
import type { Environment } from "../../../src/settings-error.js";
import type { Data } from "../../support/app/graphql-client.js";
import { adminEmail, adminPassword } from "../../support/app/test-app.js";
import { TestContext } from "../../support/app/test-context.js";
import { launchChromium } from "../../support/browser/chromium.js";
import { TcpProxy } from "../../support/fakes/tcp-proxy.js";

/** Generous: on a busy machine a browser takes its time. */
const timeoutMs = 10_000;

/** The program behind a network that can be cut, and agents with browsers. */
export class ConsoleContext {
  private constructor(
    readonly context: TestContext,
    readonly network: TcpProxy,
    readonly browser: Browser,
  ) {}

  static async setup(environment: Environment = {}): Promise<ConsoleContext> {
    const [context, browser] = await Promise.all([
      TestContext.setup({ LIMITS_FACTOR: "100", ...environment }),
      launchChromium(),
    ]);
    const { hostname, port } = new URL(context.app.url);
    const network = await TcpProxy.start({ host: hostname, port: Number(port) });
    return new ConsoleContext(context, network, browser);
  }

  async teardown(): Promise<void> {
    await this.browser.close();
    await this.network.stop();
    await this.context.teardown();
  }

  get app() {
    return this.context.app;
  }

  get url(): string {
    return `http://127.0.0.1:${this.network.port}`;
  }

  async mendNetwork(): Promise<void> {
    await this.network.stop();
    await this.network.listen();
  }

  /** An agent who has just signed in by the form; the admin unless another is named. */
  async agent({
    email = adminEmail,
    password = adminPassword,
    path = "/console",
    ...options
  }: BrowserContextOptions & {
    readonly email?: string;
    readonly password?: string;
    readonly path?: string;
  } = {}): Promise<ConsolePage> {
    const context = await this.browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: "en-GB",
      timezoneId: "UTC",
      ...options,
    });
    context.setDefaultTimeout(timeoutMs);
    const tab = new ConsolePage(this, await context.newPage());
    await tab.page.goto(this.url + path);
    await tab.signIn(email, password);
    return tab;
  }

  /** Somebody who asked "Is my bike ready?" and has left, with this name and an address. */
  async visitorWhoLeft(name = "Ana"): Promise<Left> {
    const visitor = await this.context.visitorWhoLeft({ name });
    return { conversationId: visitor.conversationId, email: visitor.email };
  }
}

export interface Left {
  readonly conversationId: string;
  readonly email: string;
}

/** The console in a tab. */
export class ConsolePage {
  /** What went wrong in it: errors of scripts, and what the browser has blocked. */
  readonly failures: string[] = [];
  readonly outlook: Locator;
  readonly composer: Locator;
  readonly rows: Locator;
  readonly log: Locator;

  constructor(
    readonly console: ConsoleContext,
    readonly page: Page,
  ) {
    this.outlook = page.locator(".outlook > :not(.vh)");
    this.composer = page.locator("#composer");
    this.rows = page.locator(".list li");
    this.log = page.getByRole("log", { name: "Messages" });
    page.on("pageerror", (error) => this.failures.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.failures.push(message.text());
    });
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.page.getByLabel("Email").fill(email);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByLabel("Password").waitFor({ state: "detached" });
  }

  /** Opens a conversation by its address. */
  async open({ conversationId }: Pick<Left, "conversationId">, view = "open"): Promise<void> {
    await this.page.goto(`${this.console.url}/console/${view}/${conversationId}`);
    await this.log.waitFor();
  }

  async reply(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Control+Enter");
  }

  /** Does something that changes something, until the server has answered: only then its jobs find it. */
  async change(act: () => Promise<void>): Promise<void> {
    const isChange = (response: Response) => /"query":"\s*mutation/.test(response.request().postData() ?? "");
    await Promise.all([this.page.waitForResponse(isChange), act()]);
    await this.console.app.tick();
  }

  /** The row of whoever has this name. */
  row(name: string): Locator {
    return this.rows.filter({ has: this.page.locator(`bdi[title="${name}"]`) });
  }

  message(text: string): Locator {
    return this.log.locator(".msg", { hasText: text });
  }

  /** What the server says of the conversation now. */
  async forwarding(of: Left): Promise<Data> {
    return this.console.context.agent.forwarding(of);
  }
}
