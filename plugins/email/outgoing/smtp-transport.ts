import type { Readable } from "node:stream";
import type { ChannelHealth, DeliveryResult, Logger } from "afterchat/channel";
import { createTransport, type NodemailerError } from "nodemailer";
import type { SmtpServer } from "../settings.js";
import { classifyFailure, type Stage } from "./classify-failure.js";
import { coalesceChunks } from "./coalesce-chunks.js";
import type { ComposedMail } from "./compose-mail.js";
import { SIGNED_HEADERS } from "./dkim.js";
import type { MailTransport } from "./mail-transport.js";
import { toNodemailerMessage } from "./nodemailer-message.js";

const CONNECTION_TIMEOUT_MS = 10_000;
const GREETING_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 30_000;
/** With nodemailer's growing delays these take 11 seconds. */
const MAX_REQUEUES = 10;
/** For servers that never close their side of a connection. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Sends through a pool of connections to one SMTP server. */
export function createSmtpTransport(server: SmtpServer, logger: Logger): MailTransport {
  const { credentials, signing } = server;
  const pool = createTransport({
    pool: true,
    host: server.host,
    port: server.port,
    secure: server.encryption === "from-the-start",
    maxConnections: server.poolSize,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    dnsTimeout: CONNECTION_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    socketCloseTimeout: CLOSE_TIMEOUT_MS,
    // Tries another connection when the server has closed a used one or ends it with 421, until a new connection is
    // opened, whose error keeps the server's reply. All other retries are scheduled by Afterchat.
    maxRequeues: Math.min(server.poolSize, MAX_REQUEUES),
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(signing && {
      dkim: {
        domainName: signing.domain,
        keySelector: signing.selector,
        privateKey: signing.privateKey,
        headerFieldNames: SIGNED_HEADERS,
      },
    }),
    ...(credentials
      ? {
          auth: { user: credentials.user, pass: credentials.password },
          // Never in plain text, and never silently without a login: AUTH is sent even if the server does not offer it,
          // and its refusal is an error.
          requireTLS: true,
          forceAuth: true,
        }
      : // No secret is sent and plain text would be accepted as well, so any certificate is accepted (RFC 7435), except with
        // smtps, which the operator chose.
        { tls: { rejectUnauthorized: server.encryption === "from-the-start" } }),
  });
  pool.on("error", (error: NodemailerError) => {
    logger.warn("A connection to the SMTP server failed", { code: error.code ?? error.name });
  });
  const secrets = credentials ? secretForms(credentials) : [];
  const contents = trackContentStreams(pool);
  const sending = new Set<Promise<DeliveryResult>>();

  async function attempt(mail: ComposedMail, signal: AbortSignal): Promise<DeliveryResult> {
    const stage = (): Stage => contents.stageOf(mail.messageId);
    try {
      const info = await pool.sendMail({ ...toNodemailerMessage(mail), signal });
      // Resolves even if a recipient was refused, as long as another was accepted; an LMTP server replies for each.
      if (info.rejected?.length) return classifyFailure(info.rejectedErrors?.[0], stage(), secrets);
      // Some providers replace the Message-ID; answers then refer to theirs.
      const externalIds = info.serverMessageId ? [mail.messageId, info.serverMessageId] : [mail.messageId];
      return { outcome: "accepted", externalIds, thread: { ...mail.thread } };
    } catch (error) {
      return classifyFailure(error, stage(), secrets);
    } finally {
      contents.forget(mail.messageId);
    }
  }

  return {
    // Each connection always has the next email ready.
    sendsAtOnce: 2 * server.poolSize,
    async send(mail, _conversationId, signal) {
      const result = attempt(mail, signal);
      sending.add(result);
      return result.finally(() => sending.delete(result));
    },
    checkHealth: (signal) => checkHealth(() => pool.verify(), signal, secrets),
    async close() {
      pool.close();
      await Promise.all(sending);
    },
  };
}

/**
 * nodemailer reports a lost connection with the same error at every stage. The content stream shows whether the server
 * may have the email: it is read only after the server replied to DATA with 354. nodemailer's pool uses the same
 * property to decide whether it may resend (smtp-pool/pool-resource.js, 10.6).
 */
function trackContentStreams(pool: ReturnType<typeof createTransport>) {
  const streams = new Map<string, Readable[]>();
  pool.use("stream", (mail, done) => {
    const { message } = mail;
    message.transform(coalesceChunks);
    const createReadStream = message.createReadStream.bind(message);
    message.createReadStream = (options) => {
      const stream = createReadStream(options);
      const messageId = message.messageId();
      streams.set(messageId, [...(streams.get(messageId) ?? []), stream]);
      return stream;
    };
    done();
  });
  return {
    stageOf: (messageId: string): Stage =>
      streams.get(messageId)?.some((stream) => stream.readableDidRead) ? "content-started" : "before-content",
    forget: (messageId: string) => streams.delete(messageId),
  };
}

/** Logs in and out. nodemailer cannot abort this: an aborted check returns immediately, and ends by its timeouts. */
async function checkHealth(
  verify: () => Promise<true>,
  signal: AbortSignal,
  secrets: readonly string[],
): Promise<ChannelHealth> {
  const timedOut: ChannelHealth = {
    ok: false,
    failure: { code: "TIMED_OUT", detail: "The SMTP server did not answer in time" },
  };
  if (signal.aborted) return timedOut;
  const verified = verify().then(
    (): ChannelHealth => ({ ok: true }),
    (error): ChannelHealth => ({ ok: false, failure: healthFailure(error, secrets) }),
  );
  return new Promise((resolve) => {
    const stop = () => resolve(timedOut);
    signal.addEventListener("abort", stop, { once: true });
    void verified.then(resolve).finally(() => signal.removeEventListener("abort", stop));
  });
}

function healthFailure(error: unknown, secrets: readonly string[]) {
  const { code, detail } = classifyFailure(error, "before-content", secrets).failure;
  return { code, detail };
}

/** Some servers quote what they received, sometimes in its encoded form. */
function secretForms(credentials: { readonly user: string; readonly password: string }): readonly string[] {
  const { user, password } = credentials;
  const encoded = [password, `\0${user}\0${password}`].map((text) => Buffer.from(text).toString("base64"));
  return [...encoded, password];
}
