import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runCheck, runCheckAlone } from "../../plugins/email/check/run-check.js";
import { freePorts } from "../../support/servers/free-ports.js";
import { mutt } from "../../support/servers/mail/mail-programs.js";
import { type MailServer, startMailServer } from "../../support/servers/mail/mail-server.js";
import type { Mailbox } from "../../support/servers/mail/mailbox.js";
import { createTestDatabase, type TestDatabase } from "../../support/services/test-database.js";
import { describeWithMailServer } from "./describe-with-mail-server.js";

describeWithMailServer("The email check with a real mail server", () => {
  let server: MailServer;
  let company: Mailbox;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await startMailServer();
    company = await server.addMailbox("chat@harbour.example");
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database?.drop();
    await server?.stop();
  });

  const settings = () => ({
    EMAIL_SMTP_URL: `smtp://127.0.0.1:${server.smtpPort}`,
    EMAIL_FROM: company.address,
    EMAIL_IMAP_URL: company.imapUrl,
  });

  test("passes: its own email and a reply sent with mutt are received by IMAP", async () => {
    const ana = await server.addMailbox("ana@visitor.example");
    const [port] = await freePorts(1);
    const waitingForReply = Promise.withResolvers<void>();
    const environment = {
      ...settings(),
      ...{ PORT: String(port), DATABASE_URL: database.url, APP_SECRET: "a secret of the tests that is long enough" },
    };
    const checking = runCheck(environment, [ana.address, "--wait", "60"], {
      onLine: (line) => line.startsWith("Answer the email at") && waitingForReply.resolve(),
    });
    await Promise.race([waitingForReply.promise, checking]);
    await ana.mail();
    await mutt(server, ana, "It works.");
    const { passed, output } = await checking;
    expect(output).toMatch(/^ok {5}EMAIL_IMAP_URL: INBOX of chat@harbour\.example at \S+ can be read\.$/m);
    expect(output).toMatch(/^ok {5}The email to chat\+\S+@harbour\.example came back through IMAP after /m);
    expect(output).toMatch(/^ok {5}An answer arrived through IMAP after \d+ s, with the text “It works\.”$/m);
    expect(output).not.toContain(company.password);
    expect(passed).toBe(true);
  });

  test("reports that the mailbox refuses the user or password, and that plus addresses are refused", async () => {
    const url = new URL(company.imapUrl);
    url.password = "wrong-and-secret";
    server.route("chat@harbour.example", "error:5.1.1 No plus addresses here");
    const { output, errors } = await runCheckAlone({ ...settings(), EMAIL_IMAP_URL: url.href });
    expect(errors).toEqual([
      expect.stringMatching(/EMAIL_IMAP_URL: INBOX of \S+ at \S+ cannot be read: user or password is refused/),
      expect.stringMatching(/refuses the recipient chat\+\S+@harbour\.example: 550 5\.1\.1 .*No plus addresses here/),
    ]);
    expect(output).not.toContain("wrong-and-secret");
  });
});
