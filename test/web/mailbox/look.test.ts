import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { FakeHttpServer } from "../../support/fakes/http-server.js";
import { MailboxContext, type MailboxPage } from "./mailbox-context.js";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

test("Gzipped, the mailbox takes at most 12 KiB for its scripts, with what it will share, and 4 KiB for its styles", async () => {
  const pages = join(repository, "dist/pages");
  const html = await readFile(join(pages, "mailbox/index.html"), "utf8");
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);
  const sizeOf = async (extension: string) => {
    const contents = files.filter((path) => path.endsWith(extension)).map((path) => readFile(join(pages, path)));
    const sizes = (await Promise.all(contents)).map((content) => gzipSync(content, { level: 9 }).length / 1024);
    return sizes.reduce((all, size) => all + size, 0);
  };
  expect(await sizeOf(".js")).toBeGreaterThan(0);
  expect(await sizeOf(".js")).toBeLessThanOrEqual(12);
  expect(await sizeOf(".css")).toBeLessThanOrEqual(4);
});

(withoutChromium === null ? describe : describe.skip)(`The mailbox's looks${withoutChromium ?? ""}`, () => {
  let mailbox: MailboxContext;
  let opened: MailboxPage | null = null;
  let axe: string;

  beforeAll(async () => {
    axe = await readFile(join(repository, "node_modules/axe-core/axe.min.js"), "utf8");
    mailbox = await MailboxContext.setup();
  });
  afterEach(async () => {
    await opened?.close();
    opened = null;
  });
  afterAll(() => mailbox?.teardown());

  const open = async (options: Parameters<MailboxContext["open"]>[0] = {}): Promise<MailboxPage> => {
    await opened?.close();
    opened = await mailbox.open(options);
    return opened;
  };
  /** What axe finds, by rule. The email in the frame is not the page's own. */
  const violations = async ({ page }: MailboxPage): Promise<readonly string[]> => {
    const result = await page.evaluate(`${axe}; axe.run({ exclude: [["iframe"]] }, { resultTypes: ["violations"] })`);
    return (result as { violations: readonly { id: string }[] }).violations.map(({ id }) => id);
  };

  test.each(["light", "dark"] as const)("34 axe finds nothing while there is no email, %s", async (colorScheme) => {
    const empty = await open({ colorScheme });
    await empty.page.getByRole("heading", { name: "No emails yet" }).waitFor();
    expect(await violations(empty)).toEqual([]);
    const phone = await open({ colorScheme, viewport: { width: 390, height: 844 } });
    await phone.page.getByRole("heading", { name: "No emails yet" }).waitFor();
    expect(await violations(phone)).toEqual([]);
  });

  test.each(["light", "dark"] as const)("34 axe finds nothing in any state, %s", async (colorScheme) => {
    const found: Record<string, readonly string[]> = {};
    const look = async (state: string, shown: MailboxPage) => {
      found[state] = await violations(shown);
    };
    const locked = await open({ colorScheme, locked: true });
    await locked.page.getByLabel("Mailbox key").fill("nonsense");
    await locked.page.keyboard.press("Enter");
    await locked.page.getByRole("alert").waitFor();
    await look("wrong key", locked);

    await mailbox.forward("نعم، يمكنك استلامها اليوم حتى الساعة السادسة.", { locale: "ar", name: "يوسف" });
    await mailbox.forward("It is ready!");
    const shown = await open({ colorScheme });
    await shown.letter.getByText("It is ready!").waitFor();
    await mailbox.forward("A new one");
    await shown.rows.getByText("New", { exact: true }).waitFor();
    await look("preview", shown);
    await shown.page.getByRole("button", { name: "More" }).click();
    await look("menu", shown);
    await shown.page.keyboard.press("Escape");
    await shown.field.press("Enter");
    await shown.outcome.getByText("Write an answer first.").waitFor();
    await look("refused", shown);
    await shown.field.fill("Thank you!");
    await shown.field.press("Enter");
    await shown.outcome.getByText("Answered").waitFor();
    await look("answered", shown);
    for (const view of ["Text", "Headers"]) {
      await shown.page.getByRole("radio", { name: view }).check();
      await shown.page.locator(".source").waitFor();
      await look(view, shown);
    }
    await mailbox.network.stop();
    await shown.page.getByText(/^No connection/).waitFor();
    await look("offline", shown);
    await mailbox.network.listen();
    await look("gone", await open({ colorScheme, path: "/mailbox#20260303T120000000Z-abcdefgh" }));
    const phone = await open({ colorScheme, viewport: { width: 390, height: 844 } });
    await phone.rows.first().waitFor();
    await look("list on a phone", phone);
    await phone.rows.first().click();
    await phone.letter.locator("body").waitFor();
    await look("email on a phone", phone);
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((state) => [state, []])));
    expect(Object.keys(found).length).toBe(11);
  });

  test.each([
    ["37 at 390 px", { width: 390, height: 844 }],
    ["at 200 % zoom, which is 320 px", { width: 320, height: 400 }],
    ["with the list beside it", { width: 760, height: 600 }],
    ["on a large screen", { width: 1920, height: 1080 }],
  ])("%s nothing is cut off, whatever the names are", async (_, viewport) => {
    const long = `${"a".repeat(60)}@${"long-name.".repeat(15)}example`;
    await mailbox.forward("W".repeat(300), { name: "‮ <b>Ana</b> 🚲 ".repeat(5), email: long });
    const shown = await open({ viewport });
    const { page, rows, letter } = shown;
    await rows.filter({ hasText: long }).first().click();
    await letter.locator("body").waitFor();
    const isWide =
      "document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight";
    expect(await page.evaluate(isWide)).toBe(false);
    expect(await letter.locator("body").evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);
    for (const button of await page.getByRole("button").all()) {
      const box = await button.boundingBox();
      const least = viewport.width < 760 ? 40 : 24;
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(least);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(viewport.width);
    }
  });

  test("may be framed by nobody, and runs only its own scripts", async () => {
    const response = await fetch(`${mailbox.url}/mailbox`);
    expect(response.headers.get("content-security-policy")).toBe(
      [
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:",
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; frame-src 'self'",
      ].join("; "),
    );
    expect(response.headers.get("cache-control")).toBe("no-cache");
  });

  test("36 moves nothing for who wants less motion", async () => {
    const { page, rows } = await open({ reducedMotion: "reduce" });
    await rows.first().waitFor();
    expect(await page.evaluate("document.getAnimations().length")).toBe(0);
  });

  test("loads nothing for an email from elsewhere, and runs none of its scripts", async () => {
    const asked: string[] = [];
    const elsewhere = await FakeHttpServer.start(({ path }) => {
      asked.push(path);
      return { status: 204 };
    });
    try {
      const headers = { authorization: `Bearer ${mailbox.key}` };
      const listed = await (await fetch(`${mailbox.url}/mailbox.json`, { headers })).json();
      const [mail] = (listed as { mails: readonly { id: string }[] }).mails;
      // As a custom template might have written it.
      const html = `<title>A</title><style>@import "${elsewhere.url}/a"; p { background: url(${elsewhere.url}/b) }</style>
        <img src="${elsewhere.url}/c"><script>document.title = "B"; parent.document.title = "C"</script>
        <form action="${elsewhere.url}/d"><button>Send</button></form><a href="${elsewhere.url}/e" target="_blank">Link</a>
        <p>Nothing else</p><iframe src="${elsewhere.url}/f"></iframe><link rel="preload" as="image" href="${elsewhere.url}/g">`;
      await mailbox.app.execute(
        "UPDATE channel_store SET value = jsonb_set(value, '{html}', to_jsonb($1::text)) WHERE channel = 'email' AND key = $2",
        [html, `mail/${mail?.id}`],
      );
      const { page, context, letter } = await open({ path: `/mailbox#${mail?.id}` });
      await letter.getByText("Nothing else").waitFor();
      await letter.getByRole("button").click();
      await letter.getByRole("link").click();
      expect(await page.title()).toMatch(/^Mailbox/);
      expect(await letter.locator("body").evaluate("document.title")).toBe("A");
      expect(context.pages()).toHaveLength(1);
      // Everything that it might have asked for would have come before this.
      await page.reload();
      await letter.getByText("Nothing else").waitFor();
      expect(asked).toEqual([]);
    } finally {
      await elsewhere.stop();
    }
  });
});
