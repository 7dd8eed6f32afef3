import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { WidgetContext, type WidgetPage } from "./widget-context.js";

(withoutChromium === null ? describe : describe.skip)(`On a website, the chat${withoutChromium ?? ""}`, () => {
  let widget: WidgetContext;
  beforeAll(async () => {
    widget = await WidgetContext.setup();
  });
  afterAll(() => widget?.teardown());

  const loader = (attributes = "async") => `<script ${attributes} src="${widget.chatUrl}/afterchat.js"></script>`;
  const visit = async (path = "/", website?: string) => (await widget.person()).visit(path, website);
  const isWorking = async (tab: WidgetPage) => {
    await tab.begin("Is my bike ready?");
    expect(await tab.texts()).toEqual(["Is my bike ready?"]);
  };

  test("1 is clean under a strict content security policy", async () => {
    const { chatUrl } = widget;
    widget.pages.set("/strict", {
      policy: `default-src 'none'; script-src ${chatUrl}; frame-src ${chatUrl}; require-trusted-types-for 'script'`,
    });
    const tab = await visit("/strict");
    await isWorking(tab);
    expect(tab.failures).toEqual([]);
  });

  test("2 carries out calls that were made before it was loaded", async () => {
    widget.pages.set("/queued", {
      head: `<script>
        window.afterchat = function () { (afterchat.q = afterchat.q || []).push(arguments); };
        window.seen = [];
        afterchat("on", "ready", () => seen.push("ready"));
        afterchat("draft", "About the blue one: ");
        afterchat("open");
      </script>${loader()}`,
    });
    const tab = await visit("/queued");
    await tab.frame.getByRole("button", { name: "Write to us" }).click();
    expect(await tab.field.inputValue()).toBe("About the blue one: ");
    expect(await tab.page.evaluate("seen")).toEqual(["ready"]);
  });

  test("3 is loaded in the head, before there is a body", async () => {
    widget.pages.set("/head", { head: loader("") });
    await isWorking(await visit("/head"));
  });

  test("4 loaded twice is there once", async () => {
    widget.pages.set("/twice", { head: loader("") + loader(""), body: loader("") });
    const tab = await visit("/twice");
    expect(await tab.launcher.count()).toBe(1);
    await isWorking(tab);
  });

  test("5 requests, stores and connects nothing before it is wanted", async () => {
    const tab = await visit();
    await tab.launcher.waitFor();
    await tab.page.mouse.click(100, 400);
    expect(tab.requests).toEqual(["/afterchat.js"]);
    expect(await tab.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")).toEqual([
      0,
      0,
      "",
    ]);
    const loaded = tab.page.waitForRequest(/\/widget$/);
    await tab.launcher.hover();
    await loaded;
    await tab.frame.locator(".widget").waitFor({ state: "attached" });
    // Who only points at the button is no visitor yet.
    expect(tab.requests.filter((request) => request === "/graphql" || request === "socket")).toEqual([]);
  });

  test("6 looks the same under hostile styles of the website", async () => {
    widget.pages.set("/hostile", {
      head: `<style>
        * { display: none !important; color: red !important; font: 40px serif !important; transform: rotate(9deg) !important; }
        div, iframe, button { position: static !important; opacity: 0 !important; z-index: -1 !important; width: 1px !important; }
        html, body, h1 { display: block !important; }
        h1 { position: fixed !important; inset: 0; z-index: 2147483647 !important; }
      </style>${loader()}`,
    });
    const [plain, hostile] = [await visit(), await visit("/hostile")];
    expect(await hostile.launcher.boundingBox()).toEqual(await plain.launcher.boundingBox());
    await Promise.all([plain.open(), hostile.open()]);
    const boxOf = (tab: WidgetPage) => tab.page.locator("iframe[title=Chat]").boundingBox();
    expect(await boxOf(hostile)).toEqual(await boxOf(plain));
    expect(await boxOf(plain)).toMatchObject({ width: 384, height: 640 });
  });

  test("7 is refused by the browser on a website that is not allowed, and says so", async () => {
    widget.pages.set("/foreign", {
      head: `${loader("")}<script>window.errors = []; afterchat("on", "error", (error) => errors.push(error.code));</script>`,
    });
    const tab = await visit("/foreign", widget.foreign.url);
    await tab.launcher.click();
    await tab.page.getByText("Not available").waitFor();
    expect(await tab.page.evaluate("errors")).toEqual(["UNREACHABLE"]);
    expect(tab.failures.join()).toContain("frame-ancestors");
    expect(tab.requests).not.toContain("socket");
  });

  test("8 believes no forged message", async () => {
    const tab = await visit();
    // To the website, from itself and from another frame: only the chat's own frame may say hello.
    await tab.page.evaluate(`{
      window.stolen = [];
      const frame = document.createElement("iframe");
      frame.srcdoc = '<script>addEventListener("message", (event) => parent.stolen.push(event.data)); parent.postMessage({ afterchat: "hello" }, "*");<' + '/script>';
      document.body.append(frame);
      postMessage({ afterchat: "hello" }, "*");
      addEventListener("message", ({ data }) => data.afterchat === "welcome" && stolen.push(data));
    }`);
    await tab.open();
    // To the chat's frame, a second time, with a port of the attacker's.
    await tab.page.evaluate(`{
      const shadow = [...document.body.children].find(({ shadowRoot }) => shadowRoot).shadowRoot;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => stolen.push(data);
      shadow.querySelector("iframe").contentWindow.postMessage({ afterchat: "welcome", page: "/", open: true }, "*", [port2]);
    }`);
    await tab.frame.getByRole("button", { name: "Write to us" }).click();
    await tab.write("Is my bike ready?");
    await tab.frame.getByText("Sent", { exact: true }).waitFor();
    expect(await tab.page.evaluate("stolen")).toEqual([]);
  });

  test("9 says so while the server is away, and opens once it is back", async () => {
    const tab = await visit();
    await tab.launcher.waitFor();
    await widget.cutNetwork();
    await tab.launcher.click();
    await tab.page.getByText("Not available").waitFor();
    await widget.mendNetwork();
    await tab.frame.getByRole("button", { name: "Write to us" }).waitFor();
    expect(await tab.page.getByText("Not available").isVisible()).toBe(false);
  });

  test("10 works where storage is blocked", async () => {
    const person = await widget.person();
    await person.browser.addInitScript(
      `for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, { get() { throw new DOMException("Blocked", "SecurityError"); } });`,
    );
    const tab = await person.visit();
    await isWorking(tab);
    await tab.close();
    await tab.launcher.click();
    await tab.message("Is my bike ready?").waitFor();
    expect(tab.failures).toEqual([]);
  });

  test("obeys the website's commands, and tells it what happens, but no texts", async () => {
    widget.pages.set("/commands", {
      head: `${loader('data-boot="manual"')}<script>
        window.seen = [];
        addEventListener("load", () => {
          for (const name of ["open", "close", "unread", "message", "identified"])
            afterchat("on", name, (detail) => seen.push([name, detail]));
        });
      </script>`,
    });
    const tab = await visit("/commands");
    await tab.page.waitForLoadState();
    expect(await tab.launcher.count()).toBe(0);
    await tab.command("boot", { side: "left" });
    expect((await tab.launcher.boundingBox())?.x).toBe(20);
    await tab.command("update", { side: "right" });
    expect((await tab.launcher.boundingBox())?.x).toBeGreaterThan(1000);
    await tab.command("hide");
    expect(await tab.launcher.isVisible()).toBe(false);
    await tab.command("show");
    await tab.command("open");
    await tab.frame.getByRole("button", { name: "Write to us" }).click();
    await tab.write("Is my bike ready?");
    await tab.frame.getByText("Sent", { exact: true }).waitFor();
    await tab.command("toggle");
    const { id } = await widget.newestConversation();
    await tab.command("page", "/bikes/blue");
    await widget.agent.reply({ conversationId: id }, "A secret of the shop.");
    await tab.page.waitForFunction("seen.some(([name]) => name === 'unread')");
    const seen = await tab.page.evaluate("JSON.stringify(seen)");
    expect(seen).toMatch(
      /\["open",null\].*\["message",\{"from":"visitor".*\["close",null\].*\["message",\{"from":"team"/,
    );
    expect(seen).toContain('["unread",{"count":1}]');
    expect(seen).not.toContain("secret");
    expect(await tab.page.evaluate("try { afterchat('dance') } catch (error) { error.message }")).toContain("dance");
    await tab.command("shutdown", { forget: true });
    await tab.page.waitForFunction("document.querySelectorAll('body > div').length === 0");
    expect(await tab.page.evaluate("Object.keys(localStorage).filter((key) => key !== 'afterchat.silent')")).toEqual(
      [],
    );
    await widget.app.services.presence.flush();
    expect((await widget.newestConversation("visitor { online }")).visitor.online).toBe(false);
  });
});
