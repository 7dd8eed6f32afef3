import { EventEmitter, once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { Behaviour, Counterpart } from "afterchat/channel-contract";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { CERTIFICATE, CERTIFICATE_KEY } from "./certificate.js";

export const USER = "mailer@example.com";
export const PASSWORD = "correct horse/battery";

/** A mail as the server took it. */
interface Arrived {
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  readonly raw: string;
  readonly mail: ParsedMail;
}

export interface SmtpCounterpart extends Counterpart {
  heard(): Promise<void>;
  arrived(): readonly Arrived[];
  /** Ends every open connection. */
  hangUp(): Promise<void>;
  readonly seen: { connections: number; logins: number };
}

const REPLIES: Partial<Record<Behaviour, readonly [number, string]>> = {
  "refuses-for-now": [451, "4.3.0 Try again later"],
  "limits-rate": [421, "4.7.0 Too many mails"],
  "refuses-address": [550, "5.1.1 No such user"],
};

/** A real SMTP server on loopback; by default with TLS from the start and a login. */
export async function startSmtpServer(options: SMTPServerOptions = {}, url = loginUrl): Promise<SmtpCounterpart> {
  // Trusted by this process only, the way an operator would trust a company's own authority.
  setDefaultCACertificates([...getCACertificates("default"), CERTIFICATE]);
  const arrived: Arrived[] = [];
  const sockets = new Set<Socket>();
  const seen: SmtpCounterpart["seen"] = { connections: 0, logins: 0 };
  const events = new EventEmitter();
  const heard = once(events, "content");
  let behaviour: Behaviour = "accepts";
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };

  const server = new SMTPServer({
    secure: true,
    key: CERTIFICATE_KEY,
    cert: CERTIFICATE,
    logger: false,
    closeTimeout: 2_000,
    disableReverseLookup: true,
    onConnect: (_session, done) => {
      seen.connections += 1;
      done();
    },
    onAuth({ username, password }, _session, done) {
      seen.logins += 1;
      const good = username === USER && password === PASSWORD && behaviour !== "refuses-credentials";
      // Some servers repeat what they were given.
      done(good ? null : reply(535, `5.7.8 Bad credentials ${password}`), good ? { user: USER } : undefined);
    },
    onRcptTo(_address, _session, done) {
      if (behaviour === "unreachable") return drop();
      const refusal = REPLIES[behaviour];
      done(refusal ? reply(...refusal) : null);
    },
    async onData(stream, session, done) {
      const raw = await text(stream);
      events.emit("content");
      if (behaviour === "silent-after-content") return;
      if (behaviour === "drops-after-content") return drop();
      if (behaviour === "refuses-for-good") return done(reply(554, "5.7.1 Not wanted here"));
      arrived.push({
        envelopeFrom: session.envelope.mailFrom ? session.envelope.mailFrom.address : "",
        envelopeTo: session.envelope.rcptTo.map((recipient) => recipient.address),
        raw,
        mail: await simpleParser(raw),
      });
      done();
    },
    ...options,
  });
  server.on("error", () => {
    // A dropped connection is what some tests are about; the sender's view is what they check.
  });
  server.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) events.emit("quiet");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;

  return {
    environment: { EMAIL_SMTP_URL: url(port) },
    seen,
    arrived: () => arrived,
    heard: async () => {
      await heard;
    },
    async hangUp() {
      drop();
      if (sockets.size > 0) await once(events, "quiet");
    },
    received: async () => arrived.map(({ mail }) => ({ text: mail.text ?? "", messageId: mail.messageId ?? null })),
    async behave(next) {
      behaviour = next;
    },
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

export function loginUrl(port: number): string {
  return `smtps://${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
}

export function plainUrl(port: number): string {
  return `smtp://127.0.0.1:${port}`;
}

function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
