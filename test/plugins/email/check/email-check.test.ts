import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Environment } from "../../../../src/settings-error.js";
import { TestApp } from "../../../support/app/test-app.js";
import { FaultySmtpServer } from "../../../support/fakes/faulty-smtp-server.js";
import { MailSink, type ReceivedMail } from "../../../support/fakes/mail-sink.js";
import { webhookSecretOf } from "../../../support/fakes/webhook-secret.js";
import { freePorts } from "../../../support/servers/free-ports.js";
import { loginUrl, startFakeSmtpServer } from "../fake-smtp-server.js";
import { answerTo, bounceOf, sendRaw } from "./mail-replies.js";
import { type Checked, runCheck, runCheckAlone } from "./run-check.js";

const webhookSecret = webhookSecretOf("a secret for the webhook");

let mailServer: MailSink;
let program: TestApp;
let settings: Environment;
let smtpPort: number;
let lmtpPort: number;

beforeAll(async () => {
  mailServer = await MailSink.start();
  [smtpPort = 0, lmtpPort = 0] = await freePorts(2);
  const email: Environment = {
    EMAIL_SMTP_URL: mailServer.url,
    EMAIL_FROM: "chat@harbour.example",
    EMAIL_SMTP_LISTEN: `127.0.0.1:${smtpPort}`,
    EMAIL_LMTP_LISTEN: `127.0.0.1:${lmtpPort}`,
    EMAIL_WEBHOOK_SECRET: webhookSecret,
    EMAIL_AUTHSERV_ID: "mx.harbour.example",
  };
  program = await TestApp.start(email);
  const { config } = program.services;
  settings = {
    ...email,
    PORT: String(config.port),
    DATABASE_URL: config.databaseUrl ?? "",
    DATA_DIR: config.dataDirectory,
    APP_SECRET: config.appSecrets[0],
    COMPANY_NAME: "Harbour Bikes",
  };
});
afterAll(async () => {
  await program?.stop();
  await mailServer?.stop();
});
beforeEach(() => mailServer.onAnswered(deliver()));

/** A server that is set up well: own addresses go to the listener, `person` answers the rest. */
function deliver(person: (mail: ReceivedMail) => Promise<void> = async () => undefined) {
  return async (mail: ReceivedMail): Promise<void> => {
    if (mail.envelopeTo[0]?.endsWith("@harbour.example")) return sendRaw(mail, smtpPort);
    await person(mail);
  };
}

const check = (change: Environment = {}, ...parameters: readonly string[]): Promise<Checked> =>
  runCheck({ ...settings, ...change }, parameters.length > 0 ? parameters : ["--wait", "20"]);

describe("Beside a running program, the check of email", () => {
  test("is in order when its mail comes back by itself, and leaves nothing behind", async () => {
    const { inOrder, said } = await check();
    expect(said).toMatch(/^Using the Afterchat that runs at http:\/\/127\.0\.0\.1:\d+\.$/m);
    expect(said).toMatch(/^ok {5}127\.0\.0\.1:\d+ can be reached and accepts mail without a login\.$/m);
    expect(said).toMatch(/^ok {5}EMAIL_SMTP_LISTEN: 127\.0\.0\.1:\d+ accepts mail for Afterchat's own addresses\.$/m);
    expect(said).toMatch(/^ok {5}EMAIL_LMTP_LISTEN: /m);
    expect(said).toMatch(/^ok {5}The webhook at http:\/\/localhost:\d+\/webhooks\/email accepts mail\.$/m);
    expect(said).toMatch(/^ok {5}The email to chat\+[a-z2-7]{47}@harbour\.example came back through SMTP after \d+ s/m);
    expect(said).toMatch(/^PASSED: emails are sent, and answers are received\. \d warnings, see above\.$/m);
    expect(inOrder).toBe(true);
    expect(said).not.toContain(webhookSecret);

    const admin = await program.signInAdmin();
    const { inboundEmails } = await admin.do("{ inboundEmails(first: 10) { nodes { id } } }");
    expect(inboundEmails.nodes).toEqual([]);
    const { database } = program.services;
    const left = { name: "left", text: "SELECT key FROM channel_store WHERE starts_with(key, 'check')" };
    expect(await database.query(left, [])).toEqual([]);
  });

  test("shows how a person's answer is understood, whether its sender is verified, and passes over what a machine answers", async () => {
    const trusted = "mx.harbour.example; dmarc=pass header.from=visitor.example";
    let sent: ReceivedMail | null = null;
    mailServer.onAnswered(
      deliver(async (mail) => {
        sent = mail;
        const away = answerTo(mail, "I am away.", { fields: { "Auto-Submitted": "auto-replied" } });
        await sendRaw(away, smtpPort);
        await sendRaw(answerTo(mail, "It works.", { fields: { "Authentication-Results": trusted } }), lmtpPort, "LMTP");
      }),
    );
    const { inOrder, said } = await check({}, "ana@visitor.example", "--wait", "20");
    expect(said).toMatch(
      /^warn {3}An email arrived through SMTP after \d+ s, but would be ignored \(AUTO_REPLY\): Auto-Submitted/m,
    );
    expect(said).toMatch(/^ok {5}An answer arrived through LMTP after \d+ s, with the text “It works\.”$/m);
    expect(said).toMatch(/^ok {5}Its sender is verified\. mx\.harbour\.example found: dmarc=pass\.$/m);
    expect(inOrder).toBe(true);
    // The same mail as a visitor's.
    const { raw, parsed, envelopeFrom } = sent as unknown as ReceivedMail;
    expect(envelopeFrom).toMatch(/^chat\+[a-z2-7]{47}@harbour\.example$/);
    expect(parsed.headers.get("auto-submitted")).toBe("auto-generated");
    expect(raw.toString()).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
    expect(parsed.html).toContain("Please answer this email");
  });

  test("finds the answer whose plus address was stripped, and says that its sender is not verified", async () => {
    mailServer.onAnswered(
      deliver((mail) => sendRaw(answerTo(mail, "Olá.", { recipient: "chat@harbour.example" }), smtpPort)),
    );
    const { inOrder, said } = await check({}, "ana@visitor.example");
    expect(said).toContain("with the text “Olá.”");
    expect(said).toMatch(/^warn {3}Its sender could not be verified, and agents would see that: /m);
    expect(said).toContain("set EMAIL_AUTHSERV_ID");
    expect(inOrder).toBe(true);
  });

  test("says that an answer came from somebody else than was written to", async () => {
    mailServer.onAnswered(
      deliver((mail) => sendRaw(answerTo({ ...mail, envelopeTo: ["eve@elsewhere.example"] }, "Hi."), smtpPort)),
    );
    const { said } = await check({}, "ana@visitor.example");
    expect(said).toContain("It was sent by eve@elsewhere.example, not by ana@visitor.example");
  });

  test("waits for an answer no longer than it was told, and for nothing once it is stopped", async () => {
    const { inOrder, said, wrong } = await check({}, "ana@visitor.example", "--wait", "1");
    expect(wrong).toEqual([
      expect.stringContaining("No answer to the email to ana@visitor.example arrived within 1 s."),
    ]);
    expect(said).toMatch(/^FAILED: 1 error, see above\.$/m);
    expect(inOrder).toBe(false);

    mailServer.onAnswered(async () => undefined);
    const controller = new AbortController();
    const stopped = await runCheck(settings, ["ana@visitor.example"], {
      signal: controller.signal,
      onLine: (line) => line.startsWith("Answer the email at") && controller.abort(),
    });
    expect(stopped.wrong).toEqual([expect.stringContaining("The check was stopped before all answers had arrived.")]);
  });

  test.each([
    {
      route: "plus addresses",
      change: {},
      advice: /must accept plus addresses of chat@harbour\.example .*EMAIL_SMTP_LISTEN/,
    },
    {
      route: "the reply domain",
      change: { EMAIL_REPLY_DOMAIN: "reply.harbour.example" },
      advice: /Mail for every address of reply\.harbour\.example must be delivered to EMAIL_SMTP_LISTEN/,
    },
  ])("says that mail is not routed by $route when its mail never comes back", async ({ change, advice }) => {
    mailServer.onAnswered(async () => undefined);
    const { inOrder, wrong } = await check(change, "--wait", "1");
    const [last = ""] = wrong.slice(-1);
    expect(last).toMatch(/The email to \S+@(?:reply\.)?harbour\.example did not come back within 1 s\./);
    expect(last).toMatch(advice);
    expect(inOrder).toBe(false);
  });

  test("tells what the server says that bounced its mail", async () => {
    mailServer.onAnswered((mail) => sendRaw(bounceOf(mail), smtpPort));
    const { wrong } = await check();
    expect(wrong).toEqual([
      expect.stringMatching(
        /The email to \S+ came back through SMTP after \d+ s as undeliverable: .*No such mailbox as that/,
      ),
    ]);
  });
});

describe("Of sending, the check of email tells", () => {
  /** Without ways in: only what sending shows. */
  const sendThrough = (url: string) => runCheckAlone({ EMAIL_SMTP_URL: url, EMAIL_FROM: "chat@harbour.example" });

  test("that nothing listens there", async () => {
    const [port] = await freePorts(1);
    const { inOrder, wrong } = await sendThrough(`smtp://127.0.0.1:${port}`);
    expect(wrong).toEqual([
      expect.stringMatching(/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED[\s\S]*Check host, port/),
    ]);
    expect(inOrder).toBe(false);
  });

  test("that user and password are refused, in the server's words, without the password", async () => {
    const server = await startFakeSmtpServer();
    await server.behave("refuses-credentials");
    const { said, wrong } = await sendThrough(loginUrl(Number(new URL(server.environment.EMAIL_SMTP_URL ?? "").port)));
    expect(wrong).toEqual([
      expect.stringMatching(
        /refuses the login: 535 5\.7\.8 Bad credentials •••[\s\S]*Check user, password and encryption/,
      ),
    ]);
    expect(said).not.toContain("correct horse");
    await server.stop();
  });

  test("that TLS is not offered where a password must not travel in the clear", async () => {
    const server = await FaultySmtpServer.start({});
    const { wrong } = await sendThrough(`smtp://user:secret@127.0.0.1:${server.port}`);
    expect(wrong).toEqual([expect.stringMatching(/refuses the login: [\s\S]*smtps:\/\/ for TLS from the start/)]);
    await server.stop();
  });

  test.each([
    {
      what: "the sender",
      script: { MAIL: "550 5.7.1 Not your domain" },
      words: /refuses the sender: 550 5\.7\.1 Not your domain[\s\S]*domain of EMAIL_FROM/,
    },
    {
      what: "the recipient",
      script: { RCPT: "554 5.7.1 Relay access denied" },
      words: /refuses the recipient ana@visitor\.example: 554 5\.7\.1 Relay access denied[\s\S]*Check the address/,
    },
    {
      what: "the content",
      script: { CONTENT: "554 5.7.1 Spam" },
      words: /refuses the content of the email: 554 5\.7\.1 Spam/,
    },
    {
      what: "for now",
      script: { MAIL: "450 4.7.1 Greylisted" },
      words: /asks to try again later: 450 4\.7\.1 Greylisted/,
    },
  ])("that it refuses $what, and why", async ({ script, words }) => {
    const server = await FaultySmtpServer.start(script);
    const { inOrder, wrong } = await sendThrough(`smtp://127.0.0.1:${server.port}`);
    expect(wrong).toEqual([expect.stringMatching(words)]);
    expect(inOrder).toBe(false);
    await server.stop();
  });

  test("that an own template cannot be used", async () => {
    const { inOrder, said } = await runCheckAlone({
      EMAIL_SMTP_URL: mailServer.url,
      EMAIL_FROM: "chat@harbour.example",
      EMAIL_TEMPLATE: fileURLToPath(new URL("../../../support/fakes/certificate.js", import.meta.url)),
    });
    expect(said).toMatch(/^warn {3}EMAIL_TEMPLATE could not be loaded: the built-in template is used\.\n {7}→ Fix/m);
    expect(inOrder).toBe(true);
  });

  test("that it works, and that answers by email are not set up", async () => {
    const { inOrder, said } = await sendThrough(mailServer.url);
    expect(said).toContain("No inbound source is configured: the emails ask visitors to answer on the website.");
    expect(said).toMatch(/^PASSED: emails are sent; receiving answers is not configured, and the emails say so\./m);
    expect(inOrder).toBe(true);
  });

  test("that the emails ask for answers which nothing here takes in", async () => {
    mailServer.onAnswered(async () => undefined);
    const { said, wrong } = await runCheckAlone({
      EMAIL_SMTP_URL: mailServer.url,
      EMAIL_FROM: "chat@harbour.example",
      EMAIL_REPLY_DOMAIN: "reply.harbour.example",
    });
    expect(said).toMatch(
      /^warn {3}The emails ask for answers by email, but these settings configure no inbound source/m,
    );
    expect(wrong).toEqual([expect.stringContaining("an inbound source, but these settings configure none")]);
  });
});

describe("Of a way in, the check of email tells", () => {
  beforeEach(() => mailServer.onAnswered(async () => undefined));

  /** What it says of these ways in; that nothing comes back by them is no wonder. */
  const only = async (change: Environment, publicUrl?: string) => {
    const { EMAIL_SMTP_URL, EMAIL_FROM } = settings;
    const place = publicUrl === undefined ? {} : { publicUrl };
    const { said, wrong } = await runCheckAlone({ EMAIL_SMTP_URL, EMAIL_FROM, ...change }, place);
    return { said, wrong: wrong.filter((line) => !line.includes("did not come back within")) };
  };

  test("that nothing listens there", async () => {
    const [port] = await freePorts(1);
    const { wrong } = await only({ EMAIL_SMTP_LISTEN: `127.0.0.1:${port}` });
    expect(wrong).toEqual([
      expect.stringMatching(/EMAIL_SMTP_LISTEN: nothing responds by SMTP on 127\.0\.0\.1:\d+: [\s\S]*Start Afterchat/),
    ]);
  });

  test("that another program listens there", async () => {
    const other = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { wrong } = await only({ EMAIL_LMTP_LISTEN: `127.0.0.1:${(other.address() as AddressInfo).port}` });
    expect(wrong).toEqual([expect.stringMatching(/EMAIL_LMTP_LISTEN: nothing responds by LMTP on /)]);
    other.close();
  });

  test("that who listens there has another APP_SECRET", async () => {
    const { wrong } = await only({ EMAIL_SMTP_LISTEN: settings.EMAIL_SMTP_LISTEN });
    expect(wrong).toEqual([
      expect.stringMatching(/the server on \S+ rejects Afterchat's own addresses: 550 5\.1\.1[\s\S]*same APP_SECRET/),
    ]);
  });

  test("that who listens there has another database", async () => {
    const other = await MailSink.start();
    const { wrong } = await only({ EMAIL_SMTP_LISTEN: `127.0.0.1:${new URL(other.url).port}` });
    expect(wrong).toEqual([expect.stringContaining("accepted the email, but it is not in this database.")]);
    await other.stop();
  });

  test("that the webhook has another secret, or another database", async () => {
    const { url } = program;
    const secret = await only({ EMAIL_WEBHOOK_SECRET: webhookSecretOf("another secret for the webhook") }, url);
    expect(secret.wrong).toEqual([
      expect.stringMatching(/refuses the signature \(403\)\.[\s\S]*same EMAIL_WEBHOOK_SECRET/),
    ]);
    const database = await only({ EMAIL_WEBHOOK_SECRET: webhookSecret }, url);
    expect(database.wrong).toEqual([expect.stringContaining("accepted the email, but it is not in this database.")]);
  });

  test("that only a mail can show whether a mail provider posts what comes in", async () => {
    const { said, wrong } = await only({ EMAIL_POSTMARK_SECRET: "a-secret-that-nobody-guesses" });
    expect(said).toMatch(
      /^note {3}Postmark should post answers under \S+\/webhooks\/email\/: only the test emails below/m,
    );
    expect(said).not.toContain("a-secret-that-nobody-guesses");
    expect(wrong).toEqual([]);
  });

  test("that PUBLIC_URL leads elsewhere, or nowhere from here", async () => {
    const elsewhere = await only({ EMAIL_WEBHOOK_SECRET: webhookSecret }, `${program.url}/elsewhere`);
    expect(elsewhere.wrong).toEqual([expect.stringContaining("There is no webhook at")]);
    const [port] = await freePorts(1);
    const nowhere = await only({ EMAIL_WEBHOOK_SECRET: webhookSecret }, `http://127.0.0.1:${port}`);
    expect(nowhere.said).toMatch(/^warn {3}The webhook at \S+ cannot be reached from here: .*ECONNREFUSED/m);
    expect(nowhere.wrong).toEqual([]);
  });
});

describe("Before anything is sent, the check of email tells", () => {
  test("every fault of the settings at once, without their secrets", async () => {
    const { inOrder, said } = await check({
      EMAIL_SMTP_URL: "ftp://user:hidden@x",
      EMAIL_FROM: "nobody",
      APP_SECRET: "",
    });
    expect(said).toMatch(/^FAILED: invalid settings\.$/m);
    expect(said).toMatch(/^ {2}EMAIL_SMTP_URL must have the form smtp/m);
    expect(said).toMatch(/^ {2}EMAIL_FROM must be an email address/m);
    expect(said).toMatch(/^ {2}APP_SECRET is required/m);
    expect(said).not.toContain("hidden");
    expect(inOrder).toBe(false);
  });

  test("that emails would reach nobody", async () => {
    const { inOrder, said } = await check({ EMAIL_SMTP_URL: "" });
    expect(said).toContain("EMAIL_SMTP_URL is not set, so no emails are sent");
    expect(inOrder).toBe(false);
  });

  test.each([
    { given: ["not an address"], words: "Invalid address not an address: it must be an email address" },
    { given: ["chat@harbour.example"], words: "is Afterchat's own address" },
    { given: ["ana@visitor.example", "ben@visitor.example"], words: "give at most one address" },
    { given: ["--wait", "long"], words: "--wait must be a number of seconds" },
    { given: ["--nonsense"], words: "Unknown option" },
  ])("that $given cannot be its parameters", async ({ given, words }) => {
    const { inOrder, said } = await check({}, ...given);
    expect(said).toContain(words);
    expect(said).toContain("Usage: npm run email:check");
    expect(inOrder).toBe(false);
  });
});

test("Without a running program, the check of email starts one for as long as it takes", async () => {
  const [port = 0, ownSmtpPort = 0] = await freePorts(2);
  mailServer.onAnswered((mail) => sendRaw(mail, ownSmtpPort));
  const own = { PORT: String(port), EMAIL_SMTP_LISTEN: `127.0.0.1:${ownSmtpPort}`, EMAIL_LMTP_LISTEN: "" };
  const { inOrder, said } = await check(own);
  expect(said).toMatch(/^No Afterchat is running: starting one for the duration of the check/m);
  expect(said).toMatch(/^ok {5}The webhook at http:\/\/localhost:\d+\/webhooks\/email accepts mail\.$/m);
  expect(inOrder).toBe(true);
  await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
});
