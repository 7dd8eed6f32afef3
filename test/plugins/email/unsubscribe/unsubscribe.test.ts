import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Language, languages, translationsFor } from "../../../../plugins/email/translations/translations.js";
import { unsubscribeRoutes } from "../../../../plugins/email/unsubscribe/unsubscribe-routes.js";
import { createChannelHost } from "../../../../src/channel-host.js";
import { createTestHost } from "../../../../src/channels/contract/test-host.js";
import { TestContext } from "../../../support/app/test-context.js";
import type { TestVisitor } from "../../../support/app/test-visitor.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context?.teardown());

/** The unsubscribe link in the emails about this conversation. */
function linkOf(visitor: TestVisitor, purpose = "unsubscribe"): string {
  const { services, url } = context.app;
  const plugin = services.channels.get("email")?.plugin;
  if (plugin === undefined) throw new Error("There is no email channel");
  return `${url}/unsubscribe/${createChannelHost(services, plugin).sign(purpose, visitor.conversationId)}`;
}

async function visitorWaiting(locale = "en-GB"): Promise<{ visitor: TestVisitor; link: string }> {
  const visitor = await context.visitorWhoLeft({ locale });
  await context.agent.reply(visitor, "It is, come by.");
  return { visitor, link: linkOf(visitor) };
}

const state = async (visitor: TestVisitor): Promise<string> => (await context.agent.forwarding(visitor)).state;
const press = (link: string, choice: string) =>
  fetch(link, { method: "POST", body: new URLSearchParams({ choice }), redirect: "manual" });

/** A page's title, and the choices that its buttons submit. */
async function read(response: Response): Promise<{ title: string; choices: string[] }> {
  const html = await response.text();
  return {
    title: /<h1>(.*)<\/h1>/.exec(html)?.[1] ?? "",
    choices: [...html.matchAll(/name="choice" value="([\w-]+)"/g)].map((match) => match[1] ?? ""),
  };
}

const offered = { title: "Emails from Harbour Bikes", choices: ["stop", "stop-all"] };
const stopped = { title: "No more emails about this conversation", choices: ["resume", "stop-all"] };
const stoppedAll = { title: "No more emails", choices: ["resume-all"] };

describe("One-click unsubscribe by an email client (RFC 8058)", () => {
  const oneClick = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
  const multipart = new FormData();
  multipart.set("List-Unsubscribe", "One-Click");

  test.each([
    ["an urlencoded form", oneClick],
    ["a multipart form", multipart],
  ])("as %s stops emails immediately and without a redirect, and shows agents the reason", async (_, body) => {
    const { visitor, link } = await visitorWaiting();
    for (let click = 1; click <= 2; click += 1) {
      const response = await fetch(link, { method: "POST", body, redirect: "manual" });
      expect(response.status).toBe(200);
      expect(response.headers.get("set-cookie")).toBeNull();
      expect(await read(response)).toEqual(stopped);
      expect(await state(visitor)).toBe("OPTED_OUT");
    }
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(0);
  });

  test("applies to this conversation only: another visitor's email is still sent", async () => {
    const { link } = await visitorWaiting();
    const { visitor: other } = await visitorWaiting();
    await fetch(link, { method: "POST", body: oneClick });
    await context.app.pass(301);
    expect(context.mailCount(other)).toBe(1);
  });
});

describe("The unsubscribe page", () => {
  test("changes nothing when a scanner opens the link first", async () => {
    const { visitor, link } = await visitorWaiting();
    for (const method of ["GET", "HEAD", "GET"]) expect((await fetch(link, { method })).status).toBe(200);
    expect(await read(await fetch(`${link}?choice=stop&List-Unsubscribe=One-Click`))).toEqual(offered);
    expect(await state(visitor)).toBe("WAITING");
    await context.app.pass(301);
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("stops and resumes the emails about this conversation, or all emails", async () => {
    const { visitor, link } = await visitorWaiting();
    const steps = [
      ["stop", stopped, "OPTED_OUT"],
      ["stop-all", stoppedAll, "OPTED_OUT"],
      ["resume-all", stopped, "OPTED_OUT"],
      ["resume", offered, "WAITING"],
      ["stop-all", stoppedAll, "OPTED_OUT"],
      ["resume-all", offered, "WAITING"],
    ] as const;
    for (const [choice, shown, forwarding] of steps) {
      const pressed = await press(link, choice);
      expect(pressed.status).toBe(303);
      expect(await read(await fetch(new URL(pressed.headers.get("location") ?? "", link)))).toEqual(shown);
      expect(await state(visitor)).toBe(forwarding);
    }
    await context.app.pass(301);
    expect(context.mailCount(visitor)).toBe(1);
  });

  test("is the same under the channel's own path, with the token in any letter case, and with a trailing slash", async () => {
    const { link } = await visitorWaiting();
    const token = link.split("/").at(-1) ?? "";
    const { url } = context.app;
    expect(await read(await fetch(`${url}/channels/email/unsubscribe/${token}`))).toEqual(offered);
    expect(await read(await fetch(`${url}/unsubscribe/${token.toUpperCase()}`))).toEqual(offered);
    const pressed = await press(`${link}/`, "stop");
    expect(await read(await fetch(new URL(pressed.headers.get("location") ?? "", `${link}/`)))).toEqual(stopped);
  });

  test("answers 400 and offers the choices again when a form is not understood", async () => {
    const { visitor, link } = await visitorWaiting();
    for (const body of ["", "choice=everything", new URLSearchParams({ "List-Unsubscribe": "no" }), "{}"]) {
      const response = await fetch(link, { method: "POST", body });
      expect([response.status, await read(response)]).toEqual([400, offered]);
    }
    expect(await state(visitor)).toBe("WAITING");
  });

  test.each(["GET", "POST"])("answers %s of a forged or damaged link with 404 and what to do", async (method) => {
    const { visitor, link } = await visitorWaiting();
    const forged = [link.slice(0, -1), `${link}x`, linkOf(visitor, "reply"), `${context.app.url}/unsubscribe/x`];
    for (const wrong of forged) {
      const body = method === "POST" ? new URLSearchParams({ "List-Unsubscribe": "One-Click" }) : null;
      const response = await fetch(wrong, { method, body });
      expect(response.status).toBe(404);
      const html = await response.text();
      expect(html).toContain("This link does not work");
      expect(html).toContain("newer email from Harbour Bikes");
    }
    expect(await state(visitor)).toBe("WAITING");
  });

  test("says that nothing more will be sent after the visitor was erased", async () => {
    const { visitor, link } = await visitorWaiting();
    const { viewer } = await visitor.client.do("{ viewer { ... on Visitor { id } } }");
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: viewer.id });
    const nothing = { title: "Nothing more will be sent", choices: [] };
    expect(await read(await fetch(link))).toEqual(nothing);
    for (const choice of ["stop", "resume-all"]) {
      const pressed = await press(link, choice);
      expect([pressed.status, await read(pressed)]).toEqual([200, nothing]);
    }
  });

  test("is in the visitor's language whatever the browser asks for; without a known visitor, in the browser's", async () => {
    const { link } = await visitorWaiting("ar-SA");
    const headers = { "accept-language": "sv, de-CH;q=0.8, en;q=0.5" };
    const html = await (await fetch(link, { headers })).text();
    expect(html).toContain('<html lang="ar" dir="rtl">');
    expect(html).toContain("إيقاف جميع الرسائل");
    const forged = await (await fetch(`${link}x`, { headers })).text();
    expect(forged).toContain('<html lang="de" dir="ltr">');
    expect(forged).toContain("Dieser Link funktioniert nicht");
    expect(await (await fetch(`${link}x`)).text()).toContain('<html lang="en" dir="ltr">');
  });

  test("loads nothing, sends no referrer, and cannot be cached, indexed or framed", async () => {
    const { visitor, link } = await visitorWaiting();
    const response = await fetch(link);
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      "referrer-policy": "no-referrer",
      "x-robots-tag": "noindex, nofollow",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self';/,
    );
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    const html = await response.text();
    expect(html).not.toMatch(/<script|<img|<link|https?:|\son\w+=/i);
    expect(html).not.toContain(visitor.email);
    expect(html).not.toContain(visitor.conversationId);
  });
});

describe("Every state of the page is translated", () => {
  const states = [
    { conversation: false, visitor: false, erased: false },
    { conversation: true, visitor: false, erased: false },
    { conversation: true, visitor: true, erased: false },
    { conversation: false, visitor: false, erased: true },
  ] as const;
  const sentences = (language: Language) =>
    Object.entries(languages[language]).flatMap(([name, sentence]) =>
      name.startsWith("unsubscribe") ? sentence.split("{company}").map((part) => part.trim()) : [],
    );

  /** Every page that a visitor can see. */
  async function pagesOf(visitorLocale: string | null, companyLocale: string | null): Promise<string[]> {
    const host = { ...createTestHost(), company: { name: "Harbour Bikes", locale: companyLocale } };
    const open = unsubscribeRoutes(host)["unsubscribe/:token"];
    const token = host.sign("unsubscribe", "the conversation");
    const pages: string[] = [];
    for (const state of states) {
      host.addOptOut("the conversation", { ...state, locale: visitorLocale });
      for (const method of ["GET", "POST"]) {
        const page = await open?.(new Request(`http://localhost/unsubscribe/${token}`, { method }), { token });
        pages.push((await page?.text()) ?? "");
      }
    }
    const headers = { "accept-language": visitorLocale ?? "*" };
    const unknown = await open?.(new Request("http://localhost/unsubscribe/x", { headers }), { token: "x" });
    return [...pages, (await unknown?.text()) ?? ""];
  }

  test.each(Object.keys(languages) as Language[])("in %s, and only in it", async (language) => {
    const pages = await pagesOf(language, "en");
    const text = pages
      .join("\n")
      .replace(/[\u2068\u2069]/g, "")
      .replace(/\u2011/g, "-");
    expect(sentences(language).filter((part) => part !== "" && !text.includes(part))).toEqual([]);
    const others = language === "en" ? [] : sentences("en").filter((part) => part.length > 4);
    expect(others.filter((part) => text.includes(part))).toEqual([]);
    const { direction } = translationsFor(language);
    for (const page of pages) expect(page).toContain(`<html lang="${language}" dir="${direction}">`);
  });

  test.each([
    ["sv-SE", "fr-CH", "fr"],
    [null, "ja", "ja"],
    ["sv-SE", null, "en"],
  ])("for a visitor with locale %j at a company with locale %j: %s", async (visitor, company, language) => {
    for (const page of await pagesOf(visitor, company)) expect(page).toContain(`<html lang="${language}"`);
  });
});
