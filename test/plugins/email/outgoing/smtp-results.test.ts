import { afterEach, describe, expect, test } from "@jest/globals";
import type { DeliveryResult } from "afterchat/channel";
import { createTestHost, sampleOutbound } from "afterchat/channel-contract";
import { emailChannel } from "../../../../plugins/email/index.js";
import { classifyFailure } from "../../../../plugins/email/outgoing/classify-failure.js";
import { UNTRUSTED } from "../../../support/fakes/certificate.js";
import { type Answers, FaultySmtpServer } from "../../../support/fakes/faulty-smtp-server.js";
import { loginUrl, PASSWORD, plainUrl, startFakeSmtpServer, USER } from "../fake-smtp-server.js";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function connectTo(smtpUrl: string) {
  const config = emailChannel.configure({ EMAIL_SMTP_URL: smtpUrl, EMAIL_FROM: "chat@example.com" });
  if (!config) throw new Error("email is not configured");
  const connection = await emailChannel.connect(config, createTestHost());
  cleanups.push(() => connection.close());
  return connection;
}

async function scripted(script: Answers) {
  const server = await FaultySmtpServer.start(script);
  cleanups.push(() => server.stop());
  return server;
}

const signal = () => new AbortController().signal;
const deliverTo = async (smtpUrl: string): Promise<DeliveryResult> =>
  (await connectTo(smtpUrl)).deliver(sampleOutbound("ana@example.com"), signal());

describe("SMTP responses (cases 33, 34 and 36):", () => {
  const soft = { bounce: "soft" };
  const hard = { code: "ADDRESS_INVALID", bounce: "hard" };
  test.each<{ script: Answers; outcome: string; failure: object; afterMs?: number }>([
    { script: { RCPT: "451 4.3.0 Busy" }, outcome: "retry", failure: { code: "UNAVAILABLE" } },
    { script: { RCPT: "452 4.2.2 Mailbox full" }, outcome: "retry", failure: { code: "UNAVAILABLE" } },
    { script: { RCPT: "450 4.7.1 Greylisted" }, outcome: "retry", failure: { code: "RATE_LIMITED" }, afterMs: 300_000 },
    { script: { RCPT: "421 4.3.2 Closing" }, outcome: "retry", failure: { code: "RATE_LIMITED" }, afterMs: 60_000 },
    {
      script: { CONNECT: "421 Too many connections" },
      outcome: "retry",
      failure: { code: "RATE_LIMITED" },
      afterMs: 60_000,
    },
    { script: { CONTENT: "451 4.3.0 Disk full" }, outcome: "retry", failure: { code: "UNAVAILABLE" } },
    { script: { MAIL: "503 5.5.1 Bad sequence" }, outcome: "retry", failure: { code: "UNAVAILABLE" } },
    { script: { CONNECT: "554 No service" }, outcome: "retry", failure: { code: "UNAVAILABLE" } },
    { script: { CONNECT: "drop" }, outcome: "retry", failure: { code: "UNAVAILABLE" } },
    { script: { MAIL: "drop" }, outcome: "retry", failure: { code: "UNAVAILABLE" } },
    { script: { DATA: "drop" }, outcome: "retry", failure: { code: "UNAVAILABLE" } },
    { script: { CONTENT: "drop" }, outcome: "uncertain", failure: { code: "UNAVAILABLE" } },
    { script: { RCPT: "550 5.1.1 No such user" }, outcome: "rejected", failure: hard },
    { script: { RCPT: "550-5.1.1 No such user.\r\n550 5.1.1 See our pages" }, outcome: "rejected", failure: hard },
    { script: { RCPT: "550 5.1.2 No such host" }, outcome: "rejected", failure: hard },
    { script: { RCPT: "553 5.1.3 Bad syntax" }, outcome: "rejected", failure: hard },
    { script: { RCPT: "550 5.1.6 Moved" }, outcome: "rejected", failure: hard },
    { script: { RCPT: "556 5.1.10 Null MX" }, outcome: "rejected", failure: hard },
    { script: { RCPT: "550 5.2.1 Disabled" }, outcome: "rejected", failure: hard },
    { script: { CONTENT: "550 5.1.1 No such user" }, outcome: "rejected", failure: hard },
    { script: { RCPT: "550 No" }, outcome: "rejected", failure: soft },
    { script: { RCPT: "550 5.7.1 Blocked" }, outcome: "rejected", failure: soft },
    { script: { RCPT: "552 5.2.2 Mailbox full" }, outcome: "rejected", failure: soft },
    { script: { CONTENT: "552 5.3.4 Too big" }, outcome: "rejected", failure: { code: "CONTENT_REJECTED", ...soft } },
    { script: { DATA: "554 5.7.1 Refused" }, outcome: "rejected", failure: { code: "CONTENT_REJECTED", ...soft } },
    { script: { MAIL: "530 5.7.0 Log in first" }, outcome: "retry", failure: { code: "CREDENTIALS_INVALID" } },
  ])("$script results in $outcome, $failure", async ({ script, ...expected }) => {
    const server = await scripted(script);
    const result = await deliverTo(plainUrl(server.port));
    expect(result).toMatchObject(expected);
    if (result.outcome === "retry") expect(result.afterMs).toBe(expected.afterMs);
  });

  test("a rejected sender does not invalidate the visitor's address", async () => {
    const server = await scripted({ MAIL: "550 5.1.8 Bad sender" });
    const result = await deliverTo(plainUrl(server.port));
    expect(result).toEqual({ outcome: "rejected", failure: { code: "UNKNOWN", detail: "550 5.1.8 Bad sender" } });
  });

  test("the server's text is the failure's detail, on one line of limited length", async () => {
    const server = await scripted({ RCPT: `550-5.7.1 First\r\n550-5.7.1 ${"long ".repeat(200)}\r\n550 5.7.1 Last` });
    const result = await deliverTo(plainUrl(server.port));
    const detail = result.outcome === "accepted" ? "" : result.failure.detail;
    expect(detail).toMatch(/^550-5\.7\.1 First 550-5\.7\.1 long /);
    expect(detail.length).toBe(300);
    expect(detail).not.toMatch(/[\r\n]/);
  });

  test("a server that is down is UNAVAILABLE", async () => {
    const server = await FaultySmtpServer.start();
    await server.stop();
    expect(await deliverTo(plainUrl(server.port))).toMatchObject({
      outcome: "retry",
      failure: { code: "UNAVAILABLE" },
    });
  });

  test("an untrusted certificate is accepted if no credentials are sent", async () => {
    const server = await startFakeSmtpServer({ secure: false, authOptional: true, ...UNTRUSTED }, plainUrl);
    cleanups.push(server.stop);
    expect((await deliverTo(server.environment.EMAIL_SMTP_URL ?? "")).outcome).toBe("accepted");
  });

  test("an untrusted certificate ends the attempt before credentials are sent", async () => {
    const server = await startFakeSmtpServer({ secure: false, ...UNTRUSTED }, (port) =>
      loginUrl(port).replace("smtps:", "smtp:"),
    );
    cleanups.push(server.stop);
    expect((await deliverTo(server.environment.EMAIL_SMTP_URL ?? "")).outcome).toBe("retry");
    expect(server.seen.logins).toBe(0);
  });

  test("a connection that the server closed while idle is replaced without a failure", async () => {
    const server = await startFakeSmtpServer(
      { secure: false, authOptional: true, disabledCommands: ["STARTTLS"] },
      plainUrl,
    );
    cleanups.push(server.stop);
    const connection = await connectTo(server.environment.EMAIL_SMTP_URL ?? "");
    expect((await connection.deliver(sampleOutbound("ana@example.com"), signal())).outcome).toBe("accepted");
    await server.dropConnections();
    expect((await connection.deliver(sampleOutbound("ana@example.com"), signal())).outcome).toBe("accepted");
    expect(server.mails).toHaveLength(2);
  });
});

describe("A failure without a response of the server (case 32)", () => {
  const failed = (code: string) => Object.assign(new Error("It failed"), { code });
  const kind = (result: ReturnType<typeof classifyFailure>) => [result.outcome, result.failure.code];

  test.each(["ESOCKET", "EDNS", "ECONNECTION", "EPROTOCOL", "unheard of"])("%s", (code) => {
    expect(kind(classifyFailure(failed(code), "before-content"))).toEqual(["retry", "UNAVAILABLE"]);
    expect(kind(classifyFailure(failed(code), "content-started"))).toEqual(["uncertain", "UNAVAILABLE"]);
  });

  test.each(["ETIMEDOUT", "EABORT"])("%s", (code) => {
    expect(kind(classifyFailure(failed(code), "before-content"))).toEqual(["retry", "TIMED_OUT"]);
    expect(kind(classifyFailure(failed(code), "content-started"))).toEqual(["uncertain", "TIMED_OUT"]);
  });

  test.each(["EAUTH", "ETLS", "EOAUTH2", "ECONFIG"])("%s", (code) => {
    expect(kind(classifyFailure(failed(code), "before-content"))).toEqual(["retry", "CREDENTIALS_INVALID"]);
  });
});

describe("Credentials", () => {
  const credentialsInvalid = { outcome: "retry", failure: { code: "CREDENTIALS_INVALID" } };

  test("are used, over TLS", async () => {
    const server = await startFakeSmtpServer();
    cleanups.push(server.stop);
    expect((await deliverTo(server.environment.EMAIL_SMTP_URL ?? "")).outcome).toBe("accepted");
    expect(server.seen.logins).toBe(1);
  });

  test("are used after STARTTLS", async () => {
    const server = await startFakeSmtpServer({ secure: false }, (port) => loginUrl(port).replace("smtps:", "smtp:"));
    cleanups.push(server.stop);
    expect((await deliverTo(server.environment.EMAIL_SMTP_URL ?? "")).outcome).toBe("accepted");
    expect(server.seen.logins).toBe(1);
  });

  test("are never sent without TLS, and neither is the email", async () => {
    const server = await scripted({ EHLO: "250-localhost\r\n250 AUTH PLAIN" });
    const url = loginUrl(server.port).replace("smtps:", "smtp:");
    expect(await deliverTo(url)).toMatchObject(credentialsInvalid);
    expect(server.commands).not.toContain("AUTH");
    expect(server.commands).not.toContain("MAIL");
  });

  test("that the server does not ask for are an error: the email is not sent without them", async () => {
    const server = await startFakeSmtpServer({ disabledCommands: ["AUTH"], authOptional: true });
    cleanups.push(server.stop);
    expect(await deliverTo(server.environment.EMAIL_SMTP_URL ?? "")).toMatchObject(credentialsInvalid);
    expect(server.mails).toEqual([]);
  });

  test("that are wrong fail the health check too, which reveals no password and sends no email", async () => {
    const server = await startFakeSmtpServer();
    cleanups.push(server.stop);
    await server.behave("refuses-credentials");
    const connection = await connectTo(server.environment.EMAIL_SMTP_URL ?? "");
    const health = await connection.checkHealth(signal());
    expect(health).toMatchObject({ ok: false, failure: { code: "CREDENTIALS_INVALID" } });
    expect(JSON.stringify(health)).not.toContain(PASSWORD);
    expect(server.mails).toEqual([]);
  });

  test("that the server cannot check for now are not reported as invalid", async () => {
    const server = await startFakeSmtpServer({
      onAuth: (_login, _session, done) => done(Object.assign(new Error("4.7.0 Try later"), { responseCode: 454 })),
    });
    cleanups.push(server.stop);
    expect(await deliverTo(server.environment.EMAIL_SMTP_URL ?? "")).toMatchObject({
      outcome: "retry",
      failure: { code: "UNAVAILABLE" },
    });
  });

  test("may contain any character that a URL can encode", () => {
    const config = emailChannel.configure({ EMAIL_SMTP_URL: loginUrl(465) });
    expect(config?.delivery).toMatchObject({ credentials: { user: USER, password: PASSWORD }, poolSize: 5 });
  });
});

describe("An abort", () => {
  test("in the queue of a busy pool means that the email was not sent", async () => {
    const server = await startFakeSmtpServer();
    cleanups.push(server.stop);
    await server.behave("silent-after-content");
    const url = server.environment.EMAIL_SMTP_URL ?? "";
    const config = emailChannel.configure({
      EMAIL_SMTP_URL: url,
      EMAIL_FROM: "chat@example.com",
      EMAIL_POOL_SIZE: "1",
    });
    if (!config) throw new Error("email is not configured");
    const connection = await emailChannel.connect(config, createTestHost());
    const stop = new AbortController();
    const first = connection.deliver(sampleOutbound("ana@example.com"), stop.signal);
    const second = connection.deliver(sampleOutbound("ben@example.com"), stop.signal);
    await server.contentReceived();
    stop.abort();
    expect(await first).toMatchObject({ outcome: "uncertain", failure: { code: "TIMED_OUT" } });
    expect(await second).toMatchObject({ outcome: "retry", failure: { code: "TIMED_OUT" } });
    await connection.close();
  });

  test("ends a health check immediately", async () => {
    const server = await scripted({});
    const connection = await connectTo(plainUrl(server.port));
    expect(await connection.checkHealth(AbortSignal.abort())).toMatchObject({
      ok: false,
      failure: { code: "TIMED_OUT" },
    });
  });
});
