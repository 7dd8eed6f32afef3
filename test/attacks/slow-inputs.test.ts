import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { InboundMailContext } from "../plugins/email/inbound/inbound-mail-context.js";
import { SmtpConversation } from "../plugins/email/inbound/sources/smtp-conversation.js";
import type { Data } from "../support/app/graphql-client.js";

jest.setTimeout(120_000);

let mails: InboundMailContext;
beforeAll(async () => {
  mails = await InboundMailContext.setup();
});
afterAll(() => mails?.teardown());

/** How long /health takes, in milliseconds. */
async function health(): Promise<number> {
  const begun = performance.now();
  const response = await fetch(`${mails.context.app.url}/health`);
  expect([response.status, (await response.text()).length > 0]).toEqual([200, true]);
  return performance.now() - begun;
}

/** The slowest answer of /health while this runs, in milliseconds. */
async function slowestDuring(work: () => Promise<void>): Promise<number> {
  let slowest = 0;
  let over = false;
  const working = work().finally(() => {
    over = true;
  });
  while (!over) slowest = Math.max(slowest, await health());
  await working;
  return slowest;
}

/** Within a second, though the machine is busy with other tests: quadratic work on such a text takes several. */
async function expectHealthDuring(attack: (text: string) => Promise<void>, text: string): Promise<void> {
  const ordinary = await slowestDuring(() => attack("a".repeat(text.length)));
  expect(await slowestDuring(() => attack(text))).toBeLessThan(Math.max(1_000, 4 * ordinary));
}

const marks = "\u0301\u0316";

describe("The process answers others during", () => {
  test.each([
    ["200,000 spaces inside the address", `a${" ".repeat(200_000)}b`],
    ["100,000 spaces before an address without a domain", `${" ".repeat(100_000)}a@${" ".repeat(100_000)}b`],
    ["a domain with 100,000 combining marks", `a@b${marks.repeat(50_000)}.example`],
    ["200,000 dots in the address", `${"a.".repeat(100_000)}@`],
  ])("a contact form with %s, and refuses it", async (_, email) => {
    const visitor = await mails.context.app.startVisitor();
    await expectHealthDuring(async (typed) => {
      for (let count = 0; count < 5; count++) {
        const refusal = await visitor.fail(
          "mutation ($input: SubmitContactFormInput!) { submitContactForm(input: $input) { id } }",
          { input: { email: typed } },
        );
        expect(refusal.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "input.email" });
      }
    }, email);
  });

  test.each([
    ["120,000 dots", ".".repeat(120_000), "file"],
    ["120,000 dots between letters", `a${".".repeat(120_000)}b.txt`, expect.stringMatching(/^.{1,200}$/)],
    ["120,000 spaces between letters", `a${" ".repeat(120_000)}b.txt`, expect.stringMatching(/^.{1,200}$/)],
    // More would take the parser of emails 250 ms, whatever the characters are.
    ["10,000 combining marks", `a${marks.repeat(5_000)}`, expect.stringMatching(/^.{1,200}$/u)],
  ])("an email with a file named by %s, which is kept", async (_, name, kept) => {
    const ana = await mails.recipient();
    await expectHealthDuring(async (named) => {
      const smtp = await SmtpConversation.connect(mails.port("SMTP"));
      expect(await smtp.envelope("EHLO", ana.visitor.email, ana.replyTo)).toEqual([expect.stringMatching(/^250 /)]);
      expect(await smtp.data(mailWithFile(ana, named))).toMatch(/^250 /);
      await smtp.close();
      await mails.context.app.tick();
    }, name);
    const { conversation } = await mails.context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { messages(last: 1) { nodes { text attachments { name } } } } }",
      { id: ana.visitor.conversationId },
    );
    const [message] = conversation.messages.nodes as Data[];
    expect(message).toMatchObject({ text: "See the file.", attachments: [{ name: kept }] });
  });
});

let sent = 0;

function mailWithFile(to: { readonly visitor: { readonly email: string }; readonly replyTo: string }, name: string) {
  const header = [
    `From: Ana <${to.visitor.email}>`,
    `To: <${to.replyTo}>`,
    "Subject: The file",
    `Message-ID: <file-${++sent}@home.example>`,
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="x"',
  ];
  const file = [
    "Content-Type: text/plain",
    // In lines of 900 characters (RFC 2231), as servers limit the length of a line.
    "Content-Disposition: attachment;",
    ...encodedName(name),
    "",
    "content",
  ];
  return Buffer.from(
    [...header, "", "--x", "Content-Type: text/plain", "", "See the file.", "--x", ...file, "--x--", ""].join("\r\n"),
  );
}

function encodedName(name: string): string[] {
  const pieces = name.match(/.{1,900}/gsu) ?? [];
  return pieces.map((piece, index) =>
    /^[ -~]*$/.test(name)
      ? ` filename*${index}="${piece}"${index === pieces.length - 1 ? "" : ";"}`
      : ` filename*${index}*=${index === 0 ? "utf-8''" : ""}${encodeURIComponent(piece)}${index === pieces.length - 1 ? "" : ";"}`,
  );
}
