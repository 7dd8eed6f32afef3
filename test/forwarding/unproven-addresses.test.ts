import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { SignJWT } from "jose";
import { createTransport } from "nodemailer";
import { forwardingLimits } from "../../src/limits/limit-table.js";
import { InboundMailContext, type Recipient } from "../plugins/email/inbound/inbound-mail-context.js";
import type { Data } from "../support/app/graphql-client.js";
import { resumeCodeOf } from "../support/app/resume-code.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { upload } from "../support/app/upload.js";
import { addressOf, type ReceivedMail } from "../support/fakes/mail-sink.js";

const identitySecret = "a secret that the website shares with the tests";
const hour = 3_600;
let context: TestContext;
let inbound: InboundMailContext;

beforeAll(async () => {
  context = await TestContext.setup({
    EMAIL_SMTP_LISTEN: "127.0.0.1:0",
    EMAIL_LMTP_LISTEN: "127.0.0.1:0",
    EMAIL_AUTHSERV_ID: "mx.harbour.example",
    IDENTITY_SECRET: identitySecret,
  });
  inbound = InboundMailContext.of(context);
});
afterAll(() => context?.teardown());
afterEach(async () => {
  context.mail.behave(() => null);
  await preference("FULL");
  await context.agent.updatePreference({ mode: "UNREAD_REPLIES" });
  // What one test sent counts towards no limit of the next.
  await context.app.execute("DELETE FROM unproven_mails");
});

async function preference(unprovenAddress: "FULL" | "NOTICE"): Promise<void> {
  await context.agent.client.do(
    "mutation ($input: UpdateForwardingPreferenceInput!) { updateForwardingPreference(input: $input) { unprovenAddress } }",
    { input: { unprovenAddress } },
  );
}

const typed = "Cheap watches at spam.example";

/** A visitor whose words must not reach a stranger: name, text, page and file. */
async function talkative(email: string | null = `stranger-${Math.random().toString(36).slice(2)}@example.com`) {
  const visitor = await context.visitor({ name: "Spam Watches", email });
  const file = await upload(visitor.client, { content: "spam in a file", name: "spam.txt" });
  await visitor.client.do('mutation { recordActivity(page: "/spam-page") { id } }');
  const message = await visitor.say(typed);
  await visitor.client.do("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
    input: { conversationId: visitor.conversationId, text: "Spam again", attachmentIds: [file.id] },
  });
  return Object.assign(visitor, { firstMessage: message });
}

/** Everything that somebody sees of a mail, or finds in it. */
function allOf({ raw, parsed }: ReceivedMail): string {
  const files = parsed.attachments.map(({ filename, content }) => `${filename} ${content.toString()}`);
  const headers = parsed.headerLines.map(({ line }) => line);
  return [raw.toString(), parsed.subject, parsed.text, parsed.html || "", ...headers, ...files].join("\n");
}

async function leaveAndWait(visitor: TestVisitor): Promise<void> {
  await visitor.leave();
  await context.app.pass(331);
}

async function proofOf({ conversationId }: Pick<TestVisitor, "conversationId">): Promise<Data> {
  const { conversation } = await context.agent.client.do(
    "query ($id: ID!) { conversation(id: $id) { visitor { id addressProof { state provenAt by } } } }",
    { id: conversationId },
  );
  return conversation.visitor;
}

const unproven = { state: "UNPROVEN", provenAt: null, by: null };
const provenBy = (by: string) => ({ state: "PROVEN", provenAt: expect.any(String), by });

/** Sends an answer through SMTP as the operator's own mail server relays it, with its verdict. */
async function answer(
  to: Recipient,
  verdict: "pass" | "fail",
  text = "Thank you.",
  from = to.visitor.email,
): Promise<void> {
  const domain = from.split("@")[1];
  const header = `Authentication-Results: mx.harbour.example; dmarc=${verdict} header.from=${domain}`;
  const raw = `${header}\r\n${inbound.mail(to, text).replace(to.visitor.email, from)}`;
  const transport = createTransport({ host: "127.0.0.1", port: inbound.port("SMTP"), secure: false, ignoreTLS: true });
  await transport.sendMail({ envelope: { from, to: [to.replyTo] }, raw });
  transport.close();
  await context.app.tick();
}

function recipientOf(visitor: TestVisitor): Recipient {
  const mail = context.mailsTo(visitor).at(-1);
  return {
    visitor,
    replyTo: addressOf(mail?.parsed.replyTo).address,
    bounceTo: mail?.envelopeFrom ?? "",
    messageId: mail?.parsed.messageId ?? "",
  };
}

describe("What an unproven address gets", () => {
  test.each(["UNREAD_REPLIES", "FULL_TRANSCRIPT"])(
    "is only the replies while a bot alone has answered, and everything once a person has: %s",
    async (mode) => {
      await context.agent.updatePreference({ mode });
      const visitor = await talkative();
      await context.agent.reply(visitor, "Our bot will help you.", "Helper");
      await leaveAndWait(visitor);
      const [first] = context.mailsTo(visitor);
      if (first === undefined) throw new Error("Nothing arrived");
      expect(first.parsed.text).toContain("Our bot will help you.");
      expect(first.parsed.text).toContain("this address was entered in the chat");
      expect(allOf(first)).not.toMatch(/spam|watches/i);
      expect(first.parsed.attachments).toEqual([]);

      await context.agent.reply(visitor, "I am Ben, a person.");
      await context.app.pass(331);
      const second = context.mailsTo(visitor)[1];
      expect(second?.parsed.text).toContain("I am Ben, a person.");
      expect(second?.parsed.text).toContain(typed);
      expect(second?.parsed.text).toMatch(/^Hello Spam Watches,/m);
      expect(second?.parsed.text).toContain("Download: spam.txt");
    },
  );

  test("is nothing of the visitor's own again after they type another address, though a person answered before", async () => {
    const visitor = await talkative();
    await visitor.read(await context.agent.reply(visitor, "I am Ben, a person."));
    await context.app.advance(1);
    const victim = `victim-${Date.now()}@example.com`;
    await visitor.client.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
      input: { email: victim },
    });
    await context.agent.reply(visitor, "Our bot will help you.", "Helper");
    await leaveAndWait(visitor);
    const [mail] = context.mailsTo({ email: victim });
    if (mail === undefined) throw new Error("Nothing arrived");
    expect(allOf(mail)).not.toMatch(/spam|watches/i);
  });

  test("does not change between attempts that may have arrived", async () => {
    const visitor = await talkative();
    await context.agent.reply(visitor, "Our bot will help you.", "Helper");
    // The server takes the mail and is gone before it says so.
    context.mail.respondToContent(() => ({ code: 421, message: "4.3.2 going down" }));
    await leaveAndWait(visitor);
    context.mail.respondToContent(() => null);
    await context.app.pass(120);
    const [mail] = context.mailsTo(visitor);
    if (mail === undefined) throw new Error("Nothing arrived");
    expect(allOf(mail)).not.toMatch(/spam|watches/i);
  });

  test("includes no Message-ID that the visitor has chosen for an email of theirs", async () => {
    const visitor = await talkative();
    await context.agent.reply(visitor, "Our bot will help you.", "Helper");
    await leaveAndWait(visitor);
    const recipient = recipientOf(visitor);
    await answer(recipient, "fail", "Spam by email");
    await context.agent.reply(visitor, "The bot again.", "Helper");
    await context.app.pass(331);
    const mail = context.mailsTo(visitor).at(-1);
    if (mail === undefined) throw new Error("Nothing arrived");
    expect(mail.parsed.text).toContain("The bot again.");
    expect(allOf(mail)).not.toMatch(/spam|watches|@ana\.example/i);
  });
});

describe("With NOTICE, an unproven address gets", () => {
  test("only that there is a reply; once it is proven by an answer, the reply itself", async () => {
    await preference("NOTICE");
    const visitor = await talkative();
    await context.agent.reply(visitor, "The secret of the harbour.");
    await leaveAndWait(visitor);
    const [notice] = context.mailsTo(visitor);
    if (notice === undefined) throw new Error("Nothing arrived");
    expect(allOf(notice)).not.toMatch(/spam|watches|secret/i);
    expect(notice.parsed.text).toContain("#afterchat-resume=");
    expect(await context.agent.delivery(visitor)).toMatchObject({ kind: "NOTICE", status: "SENT" });
    const { forwarding, messages } = await context.agent.conversation(visitor);
    expect(forwarding.state).toBe("NOTHING_PENDING");
    expect(messages.nodes.at(-1)).toMatchObject({ text: "The secret of the harbour.", forwardedTo: null, read: false });

    await answer(recipientOf(visitor), "fail");
    await context.app.pass(331);
    expect(context.mailsTo(visitor)).toHaveLength(1);

    await answer(recipientOf(visitor), "pass");
    expect((await proofOf(visitor)).addressProof).toEqual(provenBy("ANSWER"));
    await context.app.pass(331);
    const mails = context.mailsTo(visitor);
    expect(mails).toHaveLength(2);
    expect(mails[1]?.parsed.text).toContain("The secret of the harbour.");
    expect(mails[1]?.parsed.text).toContain(typed);
    expect((await context.agent.deliveries(visitor)).map(({ kind, status }) => [kind, status])).toEqual([
      ["UNREAD_REPLIES", "SENT"],
      ["NOTICE", "DELIVERED"],
    ]);
  });

  test("nothing more once the visitor has read the reply by the link", async () => {
    await preference("NOTICE");
    const visitor = await talkative();
    const reply = await context.agent.reply(visitor, "The secret of the harbour.");
    await leaveAndWait(visitor);
    const guest = await context.app.startVisitor({ resume: resumeCodeOf(context.mailsTo(visitor)[0]) });
    await guest.do("mutation ($input: MarkReadInput!) { markRead(input: $input) { id } }", {
      input: { conversationId: visitor.conversationId, messageId: reply },
    });
    expect((await proofOf(visitor)).addressProof).toEqual(provenBy("LINK"));
    await context.app.pass(2 * hour);
    expect(context.mailsTo(visitor)).toHaveLength(1);
    await context.agent.reply(visitor, "More of the secret.");
    await context.app.pass(hour);
    expect(context.mailsTo(visitor)[1]?.parsed.text).toContain("More of the secret.");
  });

  test("the whole reply if the preference changes before it is sent", async () => {
    await preference("NOTICE");
    const visitor = await talkative();
    await context.agent.reply(visitor, "The secret of the harbour.");
    context.mail.behave(() => ({ code: 451, message: "4.3.0 try again" }));
    await leaveAndWait(visitor);
    expect(await context.agent.delivery(visitor)).toMatchObject({ kind: "NOTICE", status: "QUEUED" });
    await preference("FULL");
    context.mail.behave(() => null);
    await context.app.pass(120);
    expect(context.mailsTo(visitor)[0]?.parsed.text).toContain("The secret of the harbour.");
    expect(await context.agent.delivery(visitor)).toMatchObject({ kind: "UNREAD_REPLIES", status: "SENT" });
  });
});

describe("An address is proven", () => {
  async function forwarded(): Promise<TestVisitor> {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.pass(331);
    expect((await proofOf(visitor)).addressProof).toEqual(unproven);
    return visitor;
  }

  test("by a verified answer from it, and subscribers learn it", async () => {
    const visitor = await forwarded();
    const updated = await context.app.subscribe(
      context.agent.connection,
      "subscription { conversationUpdated { id visitor { addressProof { state by } } } }",
    );
    const recipient = recipientOf(visitor);
    await answer(recipient, "fail");
    expect((await proofOf(visitor)).addressProof).toEqual(unproven);
    await answer(recipient, "pass");
    const proven = { state: "PROVEN", by: "ANSWER" };
    for (;;) {
      const { data } = await updated.next();
      if (data?.conversationUpdated.visitor.addressProof.state === "PROVEN") {
        expect(data.conversationUpdated).toEqual({ id: visitor.conversationId, visitor: { addressProof: proven } });
        break;
      }
    }
    expect((await proofOf(visitor)).addressProof).toEqual(provenBy("ANSWER"));
  });

  test("not by a verified answer from somebody else, or from an address that the visitor had before", async () => {
    const visitor = await forwarded();
    const recipient = recipientOf(visitor);
    await answer(recipient, "pass", "It is me", "eve@example.org");
    expect((await proofOf(visitor)).addressProof).toEqual(unproven);
    await visitor.client.do('mutation { submitContactForm(input: { email: "victim-2@example.com" }) { id } }');
    await answer(recipient, "pass");
    expect((await proofOf(visitor)).addressProof).toEqual(unproven);
  });

  test("by its link, once a person uses the page: a mail scanner that opens it proves nothing", async () => {
    const visitor = await forwarded();
    const resume = resumeCodeOf(context.mailsTo(visitor)[0]);
    const link = /http\S+#afterchat-resume=\S+/.exec(context.mailsTo(visitor)[0]?.parsed.text ?? "")?.[0] ?? "";
    for (const method of ["HEAD", "GET"]) await fetch(link, { method });
    expect((await proofOf(visitor)).addressProof).toEqual(unproven);
    const guest = await context.app.startVisitor({ resume });
    expect((await proofOf(visitor)).addressProof).toEqual(unproven);
    await guest.do("mutation { recordActivity { id } }");
    expect((await proofOf(visitor)).addressProof).toEqual(provenBy("LINK"));
  });

  test("by its link at once together with the visitor's own session", async () => {
    const visitor = await forwarded();
    const resume = resumeCodeOf(context.mailsTo(visitor)[0]);
    await context.app.startVisitor({ resume, token: visitor.client.token });
    expect((await proofOf(visitor)).addressProof).toEqual(provenBy("LINK"));
  });

  test("not by the link of an email that went to another address", async () => {
    const visitor = await forwarded();
    const resume = resumeCodeOf(context.mailsTo(visitor)[0]);
    await visitor.client.do('mutation { submitContactForm(input: { email: "victim-3@example.com" }) { id } }');
    await context.app.startVisitor({ resume, token: visitor.client.token });
    const guest = await context.app.startVisitor({ resume });
    await guest.do("mutation { recordActivity { id } }");
    expect((await proofOf(visitor)).addressProof).toEqual(unproven);
    // Nor by a link whose last part was exchanged.
    const forged = await context.app.startVisitor({ resume: resume.replace(/.{16}$/, "a".repeat(16)) });
    const { viewer } = await forged.do("{ viewer { ... on Visitor { id } } }");
    expect(viewer.id).not.toBe((await proofOf(visitor)).id);
  });

  test("by the website's identity, and by an agent who enters or confirms it", async () => {
    const visitor = await forwarded();
    const token = await new SignJWT({ email: visitor.email })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("customer-1")
      .setExpirationTime(Math.floor(context.now.getTime() / 1000) + 600)
      .sign(Buffer.from(identitySecret));
    await context.app.startVisitor({ token: visitor.client.token, identity: { token } });
    expect((await proofOf(visitor)).addressProof).toEqual(provenBy("IDENTITY"));

    const other = await forwarded();
    const { id } = await proofOf(other);
    const update = async (email: string | null) =>
      (
        await context.agent.client.do(
          `mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) {
            emailSource addressProof { state provenAt by } } }`,
          { input: { visitorId: id, email } },
        )
      ).updateVisitor;
    expect(await update(other.email)).toEqual({ emailSource: "FORM", addressProof: provenBy("AGENT") });
    expect(await update("other@example.com")).toEqual({ emailSource: "AGENT", addressProof: provenBy("AGENT") });
    expect(await update(null)).toEqual({ emailSource: null, addressProof: null });
  });

  test("until the visitor changes it: then it is unproven, and so is the old one when they return to it", async () => {
    const visitor = await forwarded();
    await answer(recipientOf(visitor), "pass");
    expect((await proofOf(visitor)).addressProof).toEqual(provenBy("ANSWER"));
    const type = (email: string) =>
      visitor.client.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
        input: { email },
      });
    await type(visitor.email);
    expect((await proofOf(visitor)).addressProof).toEqual(provenBy("ANSWER"));
    for (const email of ["victim-4@example.com", visitor.email]) {
      await type(email);
      expect((await proofOf(visitor)).addressProof).toEqual(unproven);
    }
  });

  test("for the visitor who is joined: the proof stays with the address", async () => {
    const visitor = await forwarded();
    await answer(recipientOf(visitor), "pass");
    const identity = async (subject: string, claims = {}) => ({
      token: await new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256" })
        .setSubject(subject)
        .setExpirationTime(Math.floor(context.now.getTime() / 1000) + 600)
        .sign(Buffer.from(identitySecret)),
    });
    // The website knows this person without an address.
    await context.app.startVisitor({ identity: await identity("customer-2") });
    await context.app.startVisitor({ token: visitor.client.token, identity: await identity("customer-2") });
    expect((await proofOf(visitor)).addressProof).toEqual(provenBy("ANSWER"));

    const other = await forwarded();
    await context.app.startVisitor({ token: other.client.token, identity: await identity("customer-2") });
    // The known visitor's address is kept.
    expect((await proofOf(other)).addressProof).toEqual(provenBy("ANSWER"));
  });

  test("which visitors do not see, and which an erasure removes", async () => {
    const visitor = await forwarded();
    const error = await visitor.client.fail("{ viewer { ... on Visitor { addressProof { state } } } }");
    expect(error.extensions.code).toBe("FORBIDDEN");
    const { id } = await proofOf(visitor);
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id });
    for (const table of ["typed_addresses", "unproven_mails"]) {
      expect(await context.app.execute(`SELECT FROM ${table} WHERE visitor_id = $1`, [id])).toEqual([]);
    }
    expect((await proofOf(visitor)).addressProof).toBeNull();
  });
});

describe("Too much to unproven addresses", () => {
  const { firstMailsOfSession, firstMailsToAddress, mailsToAddress } = forwardingLimits;

  /** The visitor types an address, asks, and a bot answers while they are away. */
  async function name(visitor: TestVisitor, email: string): Promise<void> {
    await visitor.client.do("mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }", {
      input: { email },
    });
    await context.agent.reply(visitor, `An answer for ${email}.`, "Helper");
    await context.app.pass(60);
  }

  test("waits as ADDRESS_UNPROVEN: one session's sixth stranger in an hour, and is sent when there is room", async () => {
    const visitor = await context.visitorWhoLeft({ email: null });
    await context.app.pass(400);
    const began = context.now.getTime();
    const strangers = Array.from(
      { length: firstMailsOfSession.points + 1 },
      (_, index) => `s${index}-${began}@example.com`,
    );
    for (const stranger of strangers) await name(visitor, stranger);
    const counts = () => strangers.map((email) => context.mailCount({ email }));
    expect(counts()).toEqual([1, 1, 1, 1, 1, 0]);
    const waiting = await context.agent.forwarding(visitor);
    expect(waiting).toMatchObject({ state: "ADDRESS_UNPROVEN", address: strangers[5], pendingReplies: 1 });
    const dueAt = new Date(waiting.dueAt).getTime();
    expect(dueAt - began).toBeGreaterThanOrEqual(hour * 1000);
    expect(dueAt - began).toBeLessThan((hour + 120) * 1000);
    await context.passUntil(waiting.dueAt, -2);
    expect(counts()).toEqual([1, 1, 1, 1, 1, 0]);
    await context.passUntil(waiting.dueAt);
    expect(counts()).toEqual([1, 1, 1, 1, 1, 1]);
    expect((await context.agent.forwarding(visitor)).state).toBe("NOTHING_PENDING");
  });

  test("is sent by an agent with forwardNow, and at once when the address is proven", async () => {
    const visitor = await context.visitorWhoLeft({ email: null });
    await context.app.pass(400);
    const began = context.now.getTime();
    for (let index = 0; index <= firstMailsOfSession.points; index += 1)
      await name(visitor, `f${index}-${began}@example.com`);
    expect((await context.agent.forwarding(visitor)).state).toBe("ADDRESS_UNPROVEN");
    await context.agent.forwardNow(visitor);
    await context.app.tick();
    expect(context.mailCount({ email: `f5-${began}@example.com` })).toBe(1);

    await name(visitor, `g-${began}@example.com`);
    expect((await context.agent.forwarding(visitor)).state).toBe("ADDRESS_UNPROVEN");
    await context.agent.client.do("mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }", {
      input: { visitorId: (await proofOf(visitor)).id, email: `g-${began}@example.com` },
    });
    await context.app.tick();
    expect(context.mailCount({ email: `g-${began}@example.com` })).toBe(1);
  });

  test("waits as ADDRESS_UNPROVEN: the fourth visitor within a day who names one address, in any spelling", async () => {
    const victim = `victim-${context.now.getTime()}@example.com`;
    const spellings = [victim, victim.toUpperCase(), victim.replace("@", "+shop@"), victim.replace("v", "V")];
    const visitors: TestVisitor[] = [];
    for (const email of spellings) {
      const visitor = await context.visitorWhoLeft({ email });
      await context.agent.reply(visitor, "An answer.", "Helper");
      visitors.push(visitor);
    }
    await context.app.pass(400);
    const states = await Promise.all(visitors.map((visitor) => context.agent.forwarding(visitor)));
    expect(states.map(({ state }) => state).sort()).toEqual([
      "ADDRESS_UNPROVEN",
      ...Array(firstMailsToAddress.points).fill("NOTHING_PENDING"),
    ]);
  });

  test("waits as ADDRESS_UNPROVEN: the eleventh email in a day to an address that never reacts", async () => {
    const visitor = await context.visitorWhoLeft();
    for (let index = 0; index <= mailsToAddress.points; index += 1) {
      await context.agent.reply(visitor, `Reply ${index}`);
      await context.app.pass(400);
    }
    expect(context.mailCount(visitor)).toBe(mailsToAddress.points);
    expect((await context.agent.forwarding(visitor)).state).toBe("ADDRESS_UNPROVEN");
    await answer(recipientOf(visitor), "pass");
    expect((await proofOf(visitor)).addressProof).toEqual(provenBy("ANSWER"));
    await context.app.pass(400);
    expect(await context.agent.forwarding(visitor)).toMatchObject({ state: "NOTHING_PENDING" });
    expect(context.mailCount(visitor)).toBe(mailsToAddress.points + 1);
    for (let index = 0; index < 3; index += 1) {
      await context.agent.reply(visitor, `Later reply ${index}`);
      await context.app.pass(400);
    }
    expect(context.mailCount(visitor)).toBe(mailsToAddress.points + 4);
  });
});
