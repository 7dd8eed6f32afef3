import { describe, expect, test } from "@jest/globals";
import { createTestHost, sampleMessage, sampleOutbound } from "afterchat/channel-contract";
import { emailChannel } from "../../../../plugins/email/index.js";
import type { Outbound } from "../../../../src/channels/channel.js";

interface Listed {
  readonly mails: readonly { readonly id: string; readonly to: string }[];
  readonly revision: string;
}

async function openDevMailbox(environment: Readonly<Record<string, string>> = {}) {
  const host = createTestHost();
  const config = emailChannel.configure(environment);
  if (!config) throw new Error("email is not configured");
  const connection = await emailChannel.connect(config, host);
  const key = host.sign("mailbox", "key");

  /** Requests what the server would, with its route parameters. */
  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const [, mail, part] = path.split("/");
    const route = part ? `mailbox/:mail/${part}` : mail ? "mailbox/:mail" : path;
    const handle = connection.routes?.[route];
    if (!handle) throw new Error(`No route ${route}`);
    return handle(new Request(`http://localhost:4000/${path}`, init), mail ? { mail: decodeURIComponent(mail) } : {});
  }
  const withKey = { headers: { cookie: `other=1; afterchat_mailbox=${key}` } };
  const list = async () => (await (await request("mailbox.json", withKey)).json()) as Listed;
  const deliver = (outbound: Outbound<string> = sampleOutbound("ana@example.com")) =>
    connection.deliver(outbound, new AbortController().signal);
  const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = withKey.headers) =>
    request(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  return { host, connection, key, request, withKey, list, deliver, post };
}

/** A mailbox with an email that belongs to a conversation, and its answers. */
async function openWithMail(state: { readonly blocked?: boolean; readonly erased?: boolean } = {}) {
  const mailbox = await openDevMailbox();
  const outbound = sampleOutbound("ana@example.com");
  const result = await mailbox.deliver(outbound);
  if (result.outcome !== "accepted") throw new Error("The email was not stored");
  const deliveries = [{ id: outbound.deliveryId, reference: outbound.reference, externalIds: [...result.externalIds] }];
  mailbox.host.addConversation({ id: outbound.conversation.id, deliveries, ...state });
  const id = (await mailbox.list()).mails[0]?.id ?? "";
  const answer = (as: string, text?: string) => mailbox.post(`mailbox/${id}/answer`, { as, text });
  const original = () => {
    const { content } = mailbox.host.originals.at(-1) ?? {};
    return Buffer.from(content ?? []).toString();
  };
  /** What Afterchat would make of the last answer. */
  const interpret = async () => {
    const stored = mailbox.host.originals.at(-1);
    if (stored === undefined) throw new Error("Nothing is stored");
    return mailbox.connection.interpret?.(stored, new AbortController().signal);
  };
  return { ...mailbox, outbound, id, answer, original, interpret, close: () => mailbox.connection.close() };
}

/** The next event of a stream, as it is sent. */
async function nextEvent(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | null> {
  const { value, done } = await reader.read();
  return done ? null : Buffer.from(value).toString();
}

describe("The dev mailbox", () => {
  test("prints its URL and its key at the start", async () => {
    const { connection, key } = await openDevMailbox();
    expect(connection.startNotes).toEqual([`Mailbox: http://localhost:4000/mailbox#key=${key}`, `Mailbox key: ${key}`]);
    expect(connection.shortRoutes).toEqual(expect.arrayContaining(["mailbox", "mailbox.json"]));
  });

  test("shows nothing without its key, nor with a wrong one in a cookie or a header", async () => {
    const { request, deliver, list, post } = await openDevMailbox();
    await deliver();
    const [mail] = (await list()).mails;
    const paths = ["mailbox.json", `mailbox/${mail?.id}.json`, `mailbox/${mail?.id}/html`];
    for (const path of paths) {
      for (const [headers, status] of [
        [{}, 401],
        [{ cookie: "afterchat_mailbox=" }, 403],
        [{ cookie: "afterchat_mailbox=wrong" }, 403],
        [{ authorization: "Bearer wrong" }, 403],
      ] as const) {
        const response = await request(path, { headers });
        expect([path, response.status]).toEqual([path, status]);
        expect(await response.text()).not.toContain("ana@example.com");
      }
      expect((await request(path, { method: "POST" })).status).toBe(405);
    }
    expect((await post(`mailbox/${mail?.id}/answer`, { as: "BOUNCE" }, {})).status).toBe(401);
  });

  test("gives a cookie for the key", async () => {
    const { post, request, key, deliver } = await openDevMailbox();
    await deliver();
    const opened = await post("mailbox", { key: ` ${key}\n` }, {});
    expect(opened.status).toBe(204);
    const cookie = opened.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^afterchat_mailbox=[a-z2-7]+; HttpOnly; SameSite=Strict; Path=\/$/);
    const response = await request("mailbox.json", { headers: { cookie: cookie.split(";")[0] ?? "" } });
    expect(response.status).toBe(200);
  });

  test("is also opened by an admin's session, and by no other", async () => {
    const { post, request, host, key } = await openDevMailbox();
    host.addAdmin("of-an-admin");
    const admin = { authorization: "Bearer of-an-admin" };
    const opened = await post("mailbox", {}, admin);
    expect([opened.status, opened.headers.get("set-cookie")]).toEqual([204, expect.stringContaining(key)]);
    expect((await request("mailbox.json", { headers: admin })).status).toBe(200);
    const other = { authorization: "Bearer of-an-agent" };
    expect((await post("mailbox", {}, other)).status).toBe(401);
    expect((await request("mailbox.json", { headers: other })).status).toBe(403);
  });

  test("gives none for anything else, and none to a form of another website", async () => {
    const { post, request, key } = await openDevMailbox();
    for (const [body, status] of [
      [{ key: "wrong" }, 403],
      [{ key: "" }, 403],
      [{ key: 7 }, 400],
      [{ key: "a".repeat(1_001) }, 400],
      [{}, 401],
      [null, 400],
    ] as const) {
      const response = await post("mailbox", body, {});
      expect([body, response.status]).toEqual([body, status]);
      expect(response.headers.get("set-cookie")).toBeNull();
    }
    expect((await request("mailbox", { method: "POST", body: new URLSearchParams({ key }) })).status).toBe(415);
    const broken = { method: "POST", body: "{", headers: { "content-type": "application/json" } };
    expect((await request("mailbox", broken)).status).toBe(400);
  });

  test("leads to its page, which Afterchat serves", async () => {
    const { request } = await openDevMailbox();
    const response = await request("mailbox");
    expect([response.status, response.headers.get("location")]).toEqual([303, "http://localhost:4000/mailbox"]);
  });

  test("lists emails, and gives each one whole", async () => {
    const { request, key, deliver } = await openDevMailbox();
    await deliver();
    const headers = { authorization: `Bearer ${key}` };
    const { mails, revision } = (await (await request("mailbox.json", { headers })).json()) as Listed;
    expect(revision).toMatch(/^[\w-]{16}$/);
    expect(mails).toEqual([
      {
        id: expect.stringMatching(/^20260303T120000000Z-[a-z2-7]{16}$/),
        from: "Ben via Company <chat@localhost>",
        to: "ana@example.com",
        subject: "Company replied to your chat of 3 March",
        sentAt: "2026-03-03T12:00:00.000Z",
      },
    ]);
    const response = await request(`mailbox/${mails[0]?.id}.json`, { headers });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toMatchObject({
      ...mails[0],
      name: "Ana",
      link: "http://localhost:4000/#afterchat-resume=code",
      text: expect.stringContaining("Yes, within three days."),
      html: expect.stringContaining("Yes, within three days."),
      headers: expect.arrayContaining([
        { name: "Return-Path", value: expect.stringMatching(/^<chat\+[a-z2-7]+@localhost>$/) },
        { name: "To", value: "ana@example.com" },
      ]),
    });
  });

  test.each(["none", "none.json", "a-b.json", "\0-a.json", `${"a".repeat(41)}-b.json`, "../x.json"])(
    "knows no email %j",
    async (id) => {
      const { request, withKey } = await openDevMailbox();
      const response = await request(`mailbox/${encodeURIComponent(id)}`, withKey);
      expect(response.status).toBe(404);
    },
  );

  test("gives an email's HTML a policy under which it does nothing, and loads nothing", async () => {
    const { request, withKey, deliver, list } = await openDevMailbox();
    await deliver(
      sampleOutbound("ana@example.com", {
        messages: [sampleMessage("<script>alert(1)</script>")],
        company: { name: "<i>Co</i>", locale: null },
      }),
    );
    const [mail] = (await list()).mails;
    const response = await request(`mailbox/${mail?.id}/html`, withKey);
    expect(response.headers.get("content-security-policy")).toBe(
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    );
    expect(await response.text()).toContain("&lt;script&gt;");
  });

  test("tells visitors to answer by email, because it takes their answers", async () => {
    const { request, withKey, deliver, list } = await openDevMailbox();
    await deliver();
    const [mail] = (await list()).mails;
    const { text } = (await (await request(`mailbox/${mail?.id}.json`, withKey)).json()) as { text: string };
    expect(text).toContain("To answer, reply to this email");
  });

  test("stores one email for a delivery that was attempted twice", async () => {
    const { deliver, list, host } = await openDevMailbox();
    const outbound = sampleOutbound("ana@example.com");
    await deliver(outbound);
    const { revision } = await list();
    host.setTime(new Date("2026-03-03T12:01:00Z"));
    await deliver({ ...outbound, attempt: 2 });
    expect((await list()).mails).toHaveLength(1);
    expect((await list()).revision).not.toBe(revision);
  });

  test("keeps the newest 500 emails, newest first", async () => {
    const { deliver, list, host } = await openDevMailbox();
    for (let second = 0; second < 503; second += 1) {
      host.setTime(new Date(Date.UTC(2026, 2, 3, 12, 0, second)));
      await deliver(sampleOutbound(`visitor${second}@example.com`));
    }
    const { mails } = await list();
    expect(mails).toHaveLength(500);
    expect(mails[0]?.to).toBe("visitor502@example.com");
    expect(mails.at(-1)?.to).toBe("visitor3@example.com");
    expect([...host.entries.keys()].filter((key) => key.startsWith("mail/"))).toHaveLength(500);
  });
});

describe("An answer in the dev mailbox", () => {
  test("as the visitor is an email that their mail program would send, and becomes their message", async () => {
    const { answer, original, interpret, outbound, host, close } = await openWithMail();
    const response = await answer("REPLY", "  Thank you,\nI am coming. ☂  ");
    expect([response.status, await response.json()]).toEqual([202, { accepted: true }]);
    expect(host.originals.at(-1)).toMatchObject({
      conversationId: outbound.conversation.id,
      envelope: { via: "mailbox", from: "ana@example.com", to: [expect.stringMatching(/^chat\+[a-z2-7]+@localhost$/)] },
      summary: { from: expect.stringContaining("ana@example.com"), subject: expect.stringMatching(/^Re: Company/) },
    });
    expect(original()).toMatch(/^From: Ana <ana@example\.com>\r\n/);
    expect(original()).toContain(`In-Reply-To: <${outbound.reference}@localhost>`);
    // With a quotation below, as people answer.
    expect(original()).toMatch(/^> +Yes, within three days\.\r$/m);
    expect(await interpret()).toEqual({
      outcome: "events",
      events: [
        expect.objectContaining({
          type: "message",
          conversationId: outbound.conversation.id,
          text: "Thank you,\nI am coming. ☂",
          answers: expect.arrayContaining([expect.objectContaining({ reference: outbound.reference })]),
          sender: { address: "ana@example.com", authenticated: true, detail: "It was written in the dev mailbox." },
        }),
      ],
    });
    await close();
  });

  test("may be given twice with the same words", async () => {
    const { answer, host, close } = await openWithMail();
    await answer("REPLY", "Thank you");
    await answer("REPLY", "Thank you");
    expect(host.originals).toHaveLength(2);
    await close();
  });

  test("by a machine becomes no message", async () => {
    const { answer, original, interpret, outbound, close } = await openWithMail();
    expect((await answer("MACHINE")).status).toBe(202);
    expect(original()).toContain("Auto-Submitted: auto-replied");
    expect(await interpret()).toMatchObject({
      outcome: "dropped",
      reason: "AUTO_REPLY",
      conversationId: outbound.conversation.id,
    });
    await close();
  });

  test.each([
    [undefined, { code: "ADDRESS_INVALID", bounce: "hard" }],
    ["452 4.2.2 <ana@example.com>: Mailbox full", { code: "UNAVAILABLE", bounce: "soft" }],
    ["554 5.7.1 Message rejected as spam", { code: "CONTENT_REJECTED", bounce: "soft" }],
    ["550 no such user here", { code: "ADDRESS_INVALID", bounce: "hard" }],
    ["Line one\r\nSubject: not a header\r\n\r\nAction: delivered", { code: "UNKNOWN", bounce: "soft" }],
  ] as const)("as a mail server that says %j is a bounce of this delivery", async (said, failure) => {
    const { answer, interpret, outbound, close } = await openWithMail();
    expect((await answer("BOUNCE", said)).status).toBe(202);
    expect(await interpret()).toEqual({
      outcome: "events",
      events: [
        expect.objectContaining({
          type: "bounced",
          deliveryId: outbound.deliveryId,
          failure: expect.objectContaining(failure),
        }),
      ],
    });
    await close();
  });

  test("as a report of an unwanted email is a complaint about this delivery", async () => {
    const { answer, interpret, outbound, close } = await openWithMail();
    expect((await answer("COMPLAINT")).status).toBe(202);
    expect(await interpret()).toEqual({
      outcome: "events",
      events: [
        expect.objectContaining({
          type: "complained",
          deliveryId: outbound.deliveryId,
          detail: "Reported as spam: abuse, Afterchat-Dev-Mailbox",
        }),
      ],
    });
    await close();
  });

  test("is refused if it is none", async () => {
    const { answer, request, post, withKey, id, host } = await openWithMail();
    for (const [as, text] of [
      ["REPLY", ""],
      ["REPLY", " \n "],
      ["REPLY", "a".repeat(50_001)],
      ["NONSENSE", "Hello"],
    ] as const) {
      const response = await answer(as, text);
      expect([as, response.status]).toEqual([as, 400]);
      expect(await response.json()).toMatchObject({ message: expect.stringMatching(/^\S.{10,}$/) });
    }
    expect((await post("mailbox/a-b/answer", { as: "REPLY", text: "Hello" })).status).toBe(404);
    expect((await request(`mailbox/${id}/answer`, withKey)).status).toBe(405);
    const form = { ...withKey, method: "POST", body: new URLSearchParams({ as: "BOUNCE" }) };
    expect((await request(`mailbox/${id}/answer`, form)).status).toBe(415);
    expect(host.originals).toEqual([]);
  });

  test.each([
    ["is blocked", { blocked: true }, 409],
    ["was erased", { erased: true }, 410],
  ])("is refused as a mail server would refuse it, if its visitor %s", async (_, state, status) => {
    const { answer, host } = await openWithMail(state);
    const response = await answer("REPLY", "Hello");
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ message: expect.stringMatching(/visitor/) });
    expect(host.originals).toEqual([]);
  });

  test("is refused if Afterchat does not know the address any more", async () => {
    const { deliver, list, post } = await openDevMailbox();
    await deliver();
    const { mails } = await list();
    const response = await post(`mailbox/${mails[0]?.id}/answer`, { as: "REPLY", text: "Hello" });
    expect(response.status).toBe(409);
  });

  test("is to be tried again while the database is unavailable", async () => {
    const { answer, host } = await openWithMail();
    host.setStorage("unavailable");
    expect((await answer("REPLY", "Hello")).status).toBe(503);
    host.setStorage("available");
    expect((await answer("REPLY", "Hello")).status).toBe(202);
  });
});

describe("Who watches the dev mailbox", () => {
  const watching = (key: string, signal = new AbortController().signal) => ({
    headers: { authorization: `Bearer ${key}`, accept: "text/event-stream" },
    signal,
  });
  const eventOf = (revision: string) => expect.stringContaining(`event: revision\ndata: ${revision}\n\n`);

  test("is told at once what is there, and then of each email as it comes", async () => {
    const { request, key, list, deliver, connection } = await openDevMailbox();
    const response = await request("mailbox.json", watching(key));
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    expect(await nextEvent(reader)).toEqual(eventOf((await list()).revision));
    await deliver();
    expect(await nextEvent(reader)).toEqual(eventOf((await list()).revision));
    await connection.close();
    expect(await nextEvent(reader)).toBeNull();
  });

  test("is told of what another process stores or erases", async () => {
    const { request, key, list, deliver, host, connection } = await openDevMailbox();
    await deliver();
    const response = await request("mailbox.json", watching(key));
    const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    await nextEvent(reader);
    for (const stored of [...host.entries.keys()]) await host.store.delete(stored);
    expect(await nextEvent(reader)).toEqual(eventOf((await list()).revision));
    await connection.close();
  });

  test("ends when the server asks for it, or the page is left", async () => {
    const { request, key } = await openDevMailbox();
    const closing = new AbortController();
    const response = await request("mailbox.json", watching(key, closing.signal));
    const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    await nextEvent(reader);
    closing.abort();
    expect(await nextEvent(reader)).toBeNull();
    // Nothing is left that would look at the list.
    await (await request("mailbox.json", watching(key))).body?.cancel();
  });

  test("are at most 32", async () => {
    const { request, key, connection } = await openDevMailbox();
    for (let count = 0; count < 32; count += 1) expect((await request("mailbox.json", watching(key))).status).toBe(200);
    expect((await request("mailbox.json", watching(key))).status).toBe(429);
    await connection.close();
    const again = await request("mailbox.json", watching(key));
    expect(again.status).toBe(200);
    await again.body?.cancel();
  });
});
