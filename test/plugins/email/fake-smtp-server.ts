import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { Behaviour, FakeVendor } from "afterchat/channel-contract";
import type { SMTPServerOptions } from "smtp-server";
import { CERTIFICATE, CERTIFICATE_KEY } from "../../support/fakes/certificate.js";
import { MailSink, type ReceivedMail } from "../../support/fakes/mail-sink.js";

export const USER = "mailer@example.com";
export const PASSWORD = "correct horse/battery";

/** A mail server, as the fake vendor of the channel contract. */
export interface FakeSmtpServer extends FakeVendor {
  contentReceived(): Promise<void>;
  /** The emails that it accepted. */
  readonly mails: readonly ReceivedMail[];
  /** Ends every open connection. */
  dropConnections(): Promise<void>;
  readonly seen: { connections: number; logins: number };
}

const refusals: Partial<Record<Behaviour, { readonly code: number; readonly message: string }>> = {
  "refuses-for-now": { code: 451, message: "4.3.0 Try again later" },
  "limits-rate": { code: 421, message: "4.7.0 Too many mails" },
  "refuses-address": { code: 550, message: "5.1.1 No such user" },
};

/** A real SMTP server on loopback; by default with TLS from the start and a login. */
export async function startFakeSmtpServer(options: SMTPServerOptions = {}, url = loginUrl): Promise<FakeSmtpServer> {
  // Trusted by this process only, as an operator would trust a company's own certificate authority.
  setDefaultCACertificates([...getCACertificates("default"), CERTIFICATE]);
  const seen: FakeSmtpServer["seen"] = { connections: 0, logins: 0 };
  const contentReceived = Promise.withResolvers<void>();
  let behaviour: Behaviour = "accepts";

  const sink = await MailSink.start({
    secure: true,
    authOptional: false,
    disabledCommands: [],
    key: CERTIFICATE_KEY,
    cert: CERTIFICATE,
    closeTimeout: 2_000,
    disableReverseLookup: true,
    onConnect: (_session, done) => {
      seen.connections += 1;
      done();
    },
    onAuth({ username, password }, _session, done) {
      seen.logins += 1;
      if (username === USER && password === PASSWORD && behaviour !== "refuses-credentials") done(null, { user: USER });
      // Some servers repeat the password in their response.
      else done(Object.assign(new Error(`5.7.8 Bad credentials ${password}`), { responseCode: 535 }));
    },
    ...options,
  });
  sink.behave(() => {
    if (behaviour === "unreachable") void sink.dropConnections();
    return refusals[behaviour] ?? null;
  });
  sink.respondToContent(async () => {
    contentReceived.resolve();
    if (behaviour === "drops-after-content") void sink.dropConnections();
    if (behaviour === "drops-after-content" || behaviour === "silent-after-content") return new Promise(() => {});
    return behaviour === "refuses-for-good" ? { code: 554, message: "5.7.1 Not wanted here" } : null;
  });

  return {
    environment: { EMAIL_SMTP_URL: url(sink.port) },
    seen,
    mails: sink.mails,
    contentReceived: () => contentReceived.promise,
    dropConnections: () => sink.dropConnections(),
    received: async () =>
      sink.mails.map(({ parsed }) => ({ text: parsed.text ?? "", messageId: parsed.messageId ?? null })),
    async behave(next) {
      behaviour = next;
    },
    stop: () => sink.stop(),
  };
}

export function loginUrl(port: number): string {
  return `smtps://${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
}

export function plainUrl(port: number): string {
  return `smtp://127.0.0.1:${port}`;
}
