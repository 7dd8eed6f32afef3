import { describe, expect, test } from "@jest/globals";
import { createTestHost, sampleMessage, sampleOutbound } from "afterchat/channel-contract";
import { emailChannel } from "../../../../plugins/email/index.js";

async function openDevMailbox() {
  const host = createTestHost();
  const config = emailChannel.configure({});
  if (!config) throw new Error("email is not configured");
  const connection = await emailChannel.connect(config, host);
  const key = host.sign("mailbox", "key");

  /** Requests a page as the server does, with its route parameters. */
  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const [, mail, html] = path.split("?", 1)[0]?.split("/") ?? [];
    const route = html ? "mailbox/:mail/html" : mail ? "mailbox/:mail" : "mailbox";
    const handle = connection.routes?.[route];
    if (!handle) throw new Error(`No route ${route}`);
    return handle(new Request(`http://localhost:4000/${path}`, init), mail ? { mail: decodeURIComponent(mail) } : {});
  }
  const withKey = { headers: { cookie: `other=1; afterchat_mailbox=${key}` } };
  const list = async () =>
    ((await (await request("mailbox?format=json", withKey)).json()) as { mails: { id: string; to: string }[] }).mails;
  const deliver = (outbound = sampleOutbound("ana@example.com")) =>
    connection.deliver(outbound, new AbortController().signal);
  return { host, connection, key, request, withKey, list, deliver };
}

const form = (key: string): RequestInit => ({ method: "POST", body: new URLSearchParams({ key }) });

describe("The dev mailbox", () => {
  test("prints its URL and its key at the start", async () => {
    const { connection, key } = await openDevMailbox();
    expect(connection.startNotes).toEqual(["Mailbox: http://localhost:4000/mailbox", `Mailbox key: ${key}`]);
    expect(connection.shortRoutes).toContain("mailbox");
  });

  test("asks for its key before it shows anything", async () => {
    const { request, deliver, list } = await openDevMailbox();
    await deliver();
    const [mail] = await list();
    for (const path of ["mailbox", `mailbox/${mail?.id}`, `mailbox/${mail?.id}/html`]) {
      const response = await request(path);
      expect(response.status).toBe(401);
      const page = await response.text();
      expect(page).toContain('<form class="card key" method="post"');
      expect(page).not.toContain("ana@example.com");
    }
  });

  test("opens with the key, which the browser stores in a cookie", async () => {
    const { request, key, deliver } = await openDevMailbox();
    await deliver();
    const opened = await request("mailbox", form(key));
    expect(opened.status).toBe(303);
    expect(opened.headers.get("location")).toBe("./mailbox");
    const cookie = opened.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^afterchat_mailbox=[a-z2-7]+; HttpOnly; SameSite=Strict; Path=\/$/);
    const page = await request("mailbox", { headers: { cookie: cookie.split(";")[0] ?? "" } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("ana@example.com");
  });

  test("rejects a wrong key in a form, a cookie and a header", async () => {
    const { request } = await openDevMailbox();
    expect((await request("mailbox", form("wrong"))).status).toBe(403);
    expect((await request("mailbox", form(""))).status).toBe(403);
    expect((await request("mailbox", { headers: { cookie: "afterchat_mailbox=wrong" } })).status).toBe(403);
    expect((await request("mailbox", { headers: { authorization: "Bearer wrong" } })).status).toBe(403);
    expect((await request("mailbox", { method: "DELETE" })).status).toBe(405);
  });

  test("serves JSON to scripts", async () => {
    const { request, key, deliver } = await openDevMailbox();
    await deliver();
    const headers = { authorization: `Bearer ${key}`, accept: "application/json" };
    const { mails } = (await (await request("mailbox", { headers })).json()) as { mails: { id: string }[] };
    expect(mails).toEqual([
      {
        id: expect.stringMatching(/^20260303T120000000Z-[a-z2-7]{16}$/),
        from: "Ben via Company <chat@localhost>",
        to: "ana@example.com",
        subject: "Company replied to your chat of 3 March",
        sentAt: "2026-03-03T12:00:00.000Z",
      },
    ]);
    const mail = await (await request(`mailbox/${mails[0]?.id}`, { headers })).json();
    expect(mail).toMatchObject({
      ...mails[0],
      text: expect.stringContaining("Yes, within three days."),
      html: expect.any(String),
    });
    expect((await request("mailbox/none", { headers })).status).toBe(404);
    expect((await request("mailbox?format=json")).status).toBe(401);
  });

  test("shows an email in a sandbox", async () => {
    const { request, withKey, deliver, list } = await openDevMailbox();
    await deliver(
      sampleOutbound("ana@example.com", {
        messages: [sampleMessage("<script>alert(1)</script>")],
        company: { name: "<i>Co</i>", locale: null },
      }),
    );
    const [mail] = await list();
    const response = await request(`mailbox/${mail?.id}`, withKey);
    const page = await response.text();
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    expect(page).toContain(`src="${mail?.id}/html"`);
    expect(page).not.toMatch(/<script|<i>/);
    const shown = await request(`mailbox/${mail?.id}/html`, withKey);
    expect(shown.headers.get("content-security-policy")).toMatch(/^sandbox [^;]*; default-src 'none'/);
    expect(shown.headers.get("content-security-policy")).not.toContain("allow-scripts");
    expect(await shown.text()).toContain("&lt;script&gt;");
  });

  test("stores one email for a delivery that was attempted twice", async () => {
    const { deliver, list, host } = await openDevMailbox();
    const outbound = sampleOutbound("ana@example.com");
    await deliver(outbound);
    host.setTime(new Date("2026-03-03T12:01:00Z"));
    await deliver({ ...outbound, attempt: 2 });
    expect(await list()).toHaveLength(1);
  });

  test("keeps the newest 500 emails, newest first", async () => {
    const { deliver, list, host } = await openDevMailbox();
    for (let second = 0; second < 503; second += 1) {
      host.setTime(new Date(Date.UTC(2026, 2, 3, 12, 0, second)));
      await deliver(sampleOutbound(`visitor${second}@example.com`));
    }
    const mails = await list();
    expect(mails).toHaveLength(500);
    expect(mails[0]?.to).toBe("visitor502@example.com");
    expect(mails.at(-1)?.to).toBe("visitor3@example.com");
    expect([...host.entries.keys()].filter((key) => key.startsWith("mail/"))).toHaveLength(500);
  });
});
