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
import { type CheckResult, runCheck, runCheckAlone } from "./run-check.js";

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

/** A correctly configured mail server: Afterchat's addresses are delivered to the listener, `person` answers other emails. */
function deliver(person: (mail: ReceivedMail) => Promise<void> = async () => undefined) {
  return async (mail: ReceivedMail): Promise<void> => {
    if (mail.envelopeTo[0]?.endsWith("@harbour.example")) return sendRaw(mail, smtpPort);
    await person(mail);
  };
}

const check = (change: Environment = {}, ...parameters: readonly string[]): Promise<CheckResult> =>
  runCheck({ ...settings, ...change }, parameters.length > 0 ? parameters : ["--wait", "20"]);

describe("The email check of a running program", () => {
  test("passes when its email is received again, and leaves no data behind", async () => {
    const { passed, output } = await check();
    expect(output).toMatch(/^Using the Afterchat that runs at http:\/\/127\.0\.0\.1:\d+\.$/m);
    expect(output).toMatch(/^ok {5}127\.0\.0\.1:\d+ can be reached and accepts mail without a login\.$/m);
    expect(output).toMatch(/^ok {5}EMAIL_SMTP_LISTEN: 127\.0\.0\.1:\d+ accepts mail for Afterchat's own addresses\.$/m);
    expect(output).toMatch(/^ok {5}EMAIL_LMTP_LISTEN: /m);
    expect(output).toMatch(/^ok {5}The webhook at http:\/\/localhost:\d+\/webhooks\/email accepts mail\.$/m);
    expect(output).toMatch(
      /^ok {5}The email to chat\+[a-z2-7]{47}@harbour\.example came back through SMTP after \d+ s/m,
    );
    expect(output).toMatch(/^PASSED: emails are sent, and answers are received\. \d warnings, see above\.$/m);
    expect(passed).toBe(true);
    expect(output).not.toContain(webhookSecret);

    const admin = await program.signInAdmin();
    const { inboundEmails } = await admin.do("{ inboundEmails(first: 10) { nodes { id } } }");
    expect(inboundEmails.nodes).toEqual([]);
    const { database } = program.services;
    const left = { name: "left", text: "SELECT key FROM channel_store WHERE starts_with(key, 'check')" };
    expect(await database.query(left, [])).toEqual([]);
  });

  test("shows how a person's answer is interpreted and whether its sender is verified, and ignores auto-replies", async () => {
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
    const { passed, output } = await check({}, "ana@visitor.example", "--wait", "20");
    expect(output).toMatch(
      /^warn {3}An email arrived through SMTP after \d+ s, but would be ignored \(AUTO_REPLY\): Auto-Submitted/m,
    );
    expect(output).toMatch(/^ok {5}An answer arrived through LMTP after \d+ s, with the text “It works\.”$/m);
    expect(output).toMatch(/^ok {5}Its sender is verified\. mx\.harbour\.example found: dmarc=pass\.$/m);
    expect(passed).toBe(true);
    // The check's email equals that to a visitor.
    const { raw, parsed, envelopeFrom } = sent as unknown as ReceivedMail;
    expect(envelopeFrom).toMatch(/^chat\+[a-z2-7]{47}@harbour\.example$/);
    expect(parsed.headers.get("auto-submitted")).toBe("auto-generated");
    expect(raw.toString()).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
    expect(parsed.html).toContain("Please answer this email");
  });

  test("finds an answer whose plus address was stripped, and reports that its sender is not verified", async () => {
    mailServer.onAnswered(
      deliver((mail) => sendRaw(answerTo(mail, "Olá.", { recipient: "chat@harbour.example" }), smtpPort)),
    );
    const { passed, output } = await check({}, "ana@visitor.example");
    expect(output).toContain("with the text “Olá.”");
    expect(output).toMatch(/^warn {3}Its sender could not be verified, and agents would see that: /m);
    expect(output).toContain("set EMAIL_AUTHSERV_ID");
    expect(passed).toBe(true);
  });

  test("reports that an answer came from another address than the email was sent to", async () => {
    mailServer.onAnswered(
      deliver((mail) => sendRaw(answerTo({ ...mail, envelopeTo: ["eve@elsewhere.example"] }, "Hi."), smtpPort)),
    );
    const { output } = await check({}, "ana@visitor.example");
    expect(output).toContain("It was sent by eve@elsewhere.example, not by ana@visitor.example");
  });

  test("waits for an answer only as long as --wait says, and not at all after it was stopped", async () => {
    const { passed, output, errors } = await check({}, "ana@visitor.example", "--wait", "1");
    expect(errors).toEqual([
      expect.stringContaining("No answer to the email to ana@visitor.example arrived within 1 s."),
    ]);
    expect(output).toMatch(/^FAILED: 1 error, see above\.$/m);
    expect(passed).toBe(false);

    mailServer.onAnswered(async () => undefined);
    const controller = new AbortController();
    const stopped = await runCheck(settings, ["ana@visitor.example"], {
      signal: controller.signal,
      onLine: (line) => line.startsWith("Answer the email at") && controller.abort(),
    });
    expect(stopped.errors).toEqual([expect.stringContaining("The check was stopped before all answers had arrived.")]);
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
  ])(
    "reports that email to $route is not routed when its own email is not received again",
    async ({ change, advice }) => {
      mailServer.onAnswered(async () => undefined);
      const { passed, errors } = await check(change, "--wait", "1");
      const [last = ""] = errors.slice(-1);
      expect(last).toMatch(/The email to \S+@(?:reply\.)?harbour\.example did not come back within 1 s\./);
      expect(last).toMatch(advice);
      expect(passed).toBe(false);
    },
  );

  test("reports why its email bounced", async () => {
    mailServer.onAnswered((mail) => sendRaw(bounceOf(mail), smtpPort));
    const { errors } = await check();
    expect(errors).toEqual([
      expect.stringMatching(
        /The email to \S+ came back through SMTP after \d+ s as undeliverable: .*No such mailbox as that/,
      ),
    ]);
  });
});

describe("The email check reports about sending", () => {
  /** Without inbound sources: only sending is checked. */
  const sendThrough = (url: string) => runCheckAlone({ EMAIL_SMTP_URL: url, EMAIL_FROM: "chat@harbour.example" });

  test("that no server listens", async () => {
    const [port] = await freePorts(1);
    const { passed, errors } = await sendThrough(`smtp://127.0.0.1:${port}`);
    expect(errors).toEqual([
      expect.stringMatching(/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED[\s\S]*Check host, port/),
    ]);
    expect(passed).toBe(false);
  });

  test("that the login is rejected, with the server's response but without the password", async () => {
    const server = await startFakeSmtpServer();
    await server.behave("refuses-credentials");
    const { output, errors } = await sendThrough(
      loginUrl(Number(new URL(server.environment.EMAIL_SMTP_URL ?? "").port)),
    );
    expect(errors).toEqual([
      expect.stringMatching(
        /refuses the login: 535 5\.7\.8 Bad credentials •••[\s\S]*Check user, password and encryption/,
      ),
    ]);
    expect(output).not.toContain("correct horse");
    await server.stop();
  });

  test("that the server offers no TLS for the login", async () => {
    const server = await FaultySmtpServer.start({});
    const { errors } = await sendThrough(`smtp://user:secret@127.0.0.1:${server.port}`);
    expect(errors).toEqual([expect.stringMatching(/refuses the login: [\s\S]*smtps:\/\/ for TLS from the start/)]);
    await server.stop();
  });

  test.each([
    {
      what: "the sender",
      script: { MAIL: "550 5.7.1 Not your domain" },
      pattern: /refuses the sender: 550 5\.7\.1 Not your domain[\s\S]*domain of EMAIL_FROM/,
    },
    {
      what: "the recipient",
      script: { RCPT: "554 5.7.1 Relay access denied" },
      pattern: /refuses the recipient ana@visitor\.example: 554 5\.7\.1 Relay access denied[\s\S]*Check the address/,
    },
    {
      what: "the content",
      script: { CONTENT: "554 5.7.1 Spam" },
      pattern: /refuses the content of the email: 554 5\.7\.1 Spam/,
    },
    {
      what: "the email for now",
      script: { MAIL: "450 4.7.1 Greylisted" },
      pattern: /asks to try again later: 450 4\.7\.1 Greylisted/,
    },
  ])("that the server rejects $what, and why", async ({ script, pattern }) => {
    const server = await FaultySmtpServer.start(script);
    const { passed, errors } = await sendThrough(`smtp://127.0.0.1:${server.port}`);
    expect(errors).toEqual([expect.stringMatching(pattern)]);
    expect(passed).toBe(false);
    await server.stop();
  });

  test("that a custom template cannot be used", async () => {
    const { passed, output } = await runCheckAlone({
      EMAIL_SMTP_URL: mailServer.url,
      EMAIL_FROM: "chat@harbour.example",
      EMAIL_TEMPLATE: fileURLToPath(new URL("../../../support/fakes/certificate.js", import.meta.url)),
    });
    expect(output).toMatch(/^warn {3}EMAIL_TEMPLATE could not be loaded: the built-in template is used\.\n {7}→ Fix/m);
    expect(passed).toBe(true);
  });

  test("that it works, and that answers by email are not configured", async () => {
    const { passed, output } = await sendThrough(mailServer.url);
    expect(output).toContain("No inbound source is configured: the emails ask visitors to answer on the website.");
    expect(output).toMatch(/^PASSED: emails are sent; receiving answers is not configured, and the emails say so\./m);
    expect(passed).toBe(true);
  });

  test("that the emails ask for answers, but no inbound source is configured", async () => {
    mailServer.onAnswered(async () => undefined);
    const { output, errors } = await runCheckAlone({
      EMAIL_SMTP_URL: mailServer.url,
      EMAIL_FROM: "chat@harbour.example",
      EMAIL_REPLY_DOMAIN: "reply.harbour.example",
    });
    expect(output).toMatch(
      /^warn {3}The emails ask for answers by email, but these settings configure no inbound source/m,
    );
    expect(errors).toEqual([expect.stringContaining("an inbound source, but these settings configure none")]);
  });
});

describe("The email check reports about an inbound source", () => {
  beforeEach(() => mailServer.onAnswered(async () => undefined));

  /** What it reports about these inbound sources, except that no email is received, which cannot happen here. */
  const only = async (change: Environment, publicUrl?: string) => {
    const { EMAIL_SMTP_URL, EMAIL_FROM } = settings;
    const options = publicUrl === undefined ? {} : { publicUrl };
    const { output, errors } = await runCheckAlone({ EMAIL_SMTP_URL, EMAIL_FROM, ...change }, options);
    return { output, errors: errors.filter((line) => !line.includes("did not come back within")) };
  };

  test("that no server listens", async () => {
    const [port] = await freePorts(1);
    const { errors } = await only({ EMAIL_SMTP_LISTEN: `127.0.0.1:${port}` });
    expect(errors).toEqual([
      expect.stringMatching(/EMAIL_SMTP_LISTEN: nothing responds by SMTP on 127\.0\.0\.1:\d+: [\s\S]*Start Afterchat/),
    ]);
  });

  test("that another program listens there", async () => {
    const other = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { errors } = await only({ EMAIL_LMTP_LISTEN: `127.0.0.1:${(other.address() as AddressInfo).port}` });
    expect(errors).toEqual([expect.stringMatching(/EMAIL_LMTP_LISTEN: nothing responds by LMTP on /)]);
    other.close();
  });

  test("that the program that listens there has another APP_SECRET", async () => {
    const { errors } = await only({ EMAIL_SMTP_LISTEN: settings.EMAIL_SMTP_LISTEN });
    expect(errors).toEqual([
      expect.stringMatching(/the server on \S+ rejects Afterchat's own addresses: 550 5\.1\.1[\s\S]*same APP_SECRET/),
    ]);
  });

  test("that the program that listens there has another database", async () => {
    const other = await MailSink.start();
    const { errors } = await only({ EMAIL_SMTP_LISTEN: `127.0.0.1:${new URL(other.url).port}` });
    expect(errors).toEqual([expect.stringContaining("accepted the email, but it is not in this database.")]);
    await other.stop();
  });

  test("that the webhook has another secret, or another database", async () => {
    const { url } = program;
    const secret = await only({ EMAIL_WEBHOOK_SECRET: webhookSecretOf("another secret for the webhook") }, url);
    expect(secret.errors).toEqual([
      expect.stringMatching(/refuses the signature \(403\)\.[\s\S]*same EMAIL_WEBHOOK_SECRET/),
    ]);
    const database = await only({ EMAIL_WEBHOOK_SECRET: webhookSecret }, url);
    expect(database.errors).toEqual([expect.stringContaining("accepted the email, but it is not in this database.")]);
  });

  test("that only an email can show whether a mail provider posts what it receives", async () => {
    const { output, errors } = await only({ EMAIL_POSTMARK_SECRET: "a-secret-that-nobody-guesses" });
    expect(output).toMatch(
      /^note {3}Postmark should post answers under \S+\/webhooks\/email\/: only the test emails below/m,
    );
    expect(output).not.toContain("a-secret-that-nobody-guesses");
    expect(errors).toEqual([]);
  });

  test("that PUBLIC_URL has no webhook, or cannot be reached from here", async () => {
    const elsewhere = await only({ EMAIL_WEBHOOK_SECRET: webhookSecret }, `${program.url}/elsewhere`);
    expect(elsewhere.errors).toEqual([expect.stringContaining("There is no webhook at")]);
    const [port] = await freePorts(1);
    const unreachable = await only({ EMAIL_WEBHOOK_SECRET: webhookSecret }, `http://127.0.0.1:${port}`);
    expect(unreachable.output).toMatch(/^warn {3}The webhook at \S+ cannot be reached from here: .*ECONNREFUSED/m);
    expect(unreachable.errors).toEqual([]);
  });
});

describe("Before sending, the email check reports", () => {
  test("all invalid settings together, without their secrets", async () => {
    const { passed, output } = await check({
      EMAIL_SMTP_URL: "ftp://user:hidden@x",
      EMAIL_FROM: "nobody",
      APP_SECRET: "",
    });
    expect(output).toMatch(/^FAILED: invalid settings\.$/m);
    expect(output).toMatch(/^ {2}EMAIL_SMTP_URL must have the form smtp/m);
    expect(output).toMatch(/^ {2}EMAIL_FROM must be an email address/m);
    expect(output).toMatch(/^ {2}APP_SECRET is required/m);
    expect(output).not.toContain("hidden");
    expect(passed).toBe(false);
  });

  test("that no emails are sent", async () => {
    const { passed, output } = await check({ EMAIL_SMTP_URL: "" });
    expect(output).toContain("EMAIL_SMTP_URL is not set, so no emails are sent");
    expect(passed).toBe(false);
  });

  test.each([
    { given: ["not an address"], message: "Invalid address not an address: it must be an email address" },
    { given: ["chat@harbour.example"], message: "is Afterchat's own address" },
    { given: ["ana@visitor.example", "ben@visitor.example"], message: "give at most one address" },
    { given: ["--wait", "long"], message: "--wait must be a number of seconds" },
    { given: ["--nonsense"], message: "Unknown option" },
  ])("that the parameters $given are invalid", async ({ given, message }) => {
    const { passed, output } = await check({}, ...given);
    expect(output).toContain(message);
    expect(output).toContain("Usage: npm run email:check");
    expect(passed).toBe(false);
  });
});

test("Without a running program, the email check starts one for its duration", async () => {
  const [port = 0, ownSmtpPort = 0] = await freePorts(2);
  mailServer.onAnswered((mail) => sendRaw(mail, ownSmtpPort));
  const own = { PORT: String(port), EMAIL_SMTP_LISTEN: `127.0.0.1:${ownSmtpPort}`, EMAIL_LMTP_LISTEN: "" };
  const { passed, output } = await check(own);
  expect(output).toMatch(/^No Afterchat is running: starting one for the duration of the check/m);
  expect(output).toMatch(/^ok {5}The webhook at http:\/\/localhost:\d+\/webhooks\/email accepts mail\.$/m);
  expect(passed).toBe(true);
  await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
});
