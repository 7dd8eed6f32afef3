import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { ChannelHost } from "afterchat/channel";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { senderServer } from "../authentication/sender-server.js";
import type { ListenAddress, TlsFiles } from "../inbound-settings.js";
import { keepMail } from "../store-mail.js";
import { checkRecipient, type OwnMailboxes } from "./check-recipient.js";
import type { InboundSource } from "./inbound-source.js";
import type { MemoryBudget } from "./memory-budget.js";

const maxClients = 100;
const maxRecipients = 50;
/** Of silence. Postfix waits 5 minutes for most answers, and ends a connection that it keeps open after 5 seconds. */
const socketTimeoutMs = 60_000;
/** A whole connection, however slowly it goes on: 25 MB come at 22 KB/s. */
const connectionTimeoutMs = 20 * 60_000;
/** What has come whole by then is still stored. */
const drainMs = 2_000;
const listenAgainMs = 10_000;

export interface MailListenerOptions {
  readonly host: ChannelHost;
  readonly own: OwnMailboxes;
  /** `smtp`: other servers bring mail, at best with STARTTLS. `lmtp`: the operator's own server does. */
  readonly protocol: "smtp" | "lmtp";
  readonly address: ListenAddress;
  readonly tls: TlsFiles | null;
  readonly maxSizeBytes: number;
  readonly budget: MemoryBudget;
}

/**
 * Receives mail by SMTP (RFC 5321) or LMTP (RFC 2033), for addresses of ours only: nothing is ever relayed. A mail is
 * acknowledged once it is stored. Where the port is taken it tries again, and says so in the channel's health.
 */
export async function listenForMail(options: MailListenerOptions): Promise<InboundSource> {
  const { host, protocol, address } = options;
  const name = protocol.toUpperCase();
  const receiving = new Set<Promise<void>>();
  const ends = new Map<string, NodeJS.Timeout>();
  const server = createServer(options, receiving, ends);
  let problem: string | null = null;
  let again: NodeJS.Timeout | undefined;

  const listen = async (): Promise<void> => {
    try {
      server.listen(address.port, address.host);
      await once(server.server, "listening");
      problem = null;
    } catch (error) {
      problem = `${name} cannot listen on ${address.host}:${address.port} (${codeOf(error)}): free the port or change EMAIL_${name}_LISTEN`;
      host.logger.error(`No mail comes by ${name}`, { problem });
      again = setTimeout(() => void listen(), listenAgainMs).unref();
    }
  };
  // Clients that hang up in the middle; what listening fails by is told above.
  server.on("error", (error: Error) =>
    host.logger.debug(`A connection to the ${name} listener failed`, { error: error.message }),
  );
  await listen();

  return {
    note: () => {
      const bound = server.server.address() as AddressInfo | null;
      return `Email is received by ${name} on ${address.host}:${bound?.port ?? address.port}`;
    },
    problem: async () => problem,
    async close() {
      clearTimeout(again);
      const listening = server.server.listening;
      await new Promise<void>((done) => {
        if (!listening) return done();
        server.close(() => done());
      });
      await Promise.all(receiving);
      for (const end of ends.values()) clearTimeout(end);
    },
  };
}

function createServer(
  options: MailListenerOptions,
  receiving: Set<Promise<void>>,
  ends: Map<string, NodeJS.Timeout>,
): SMTPServer {
  const { host, own, protocol, tls, maxSizeBytes } = options;
  const server = new SMTPServer({
    lmtp: protocol === "lmtp",
    name: own.from.slice(own.from.lastIndexOf("@") + 1),
    banner: "Afterchat",
    logger: false,
    disabledCommands: ["AUTH", ...(tls === null ? ["STARTTLS"] : [])],
    authOptional: true,
    ...(tls === null ? {} : { key: tls.key, cert: tls.certificate }),
    size: maxSizeBytes,
    rejectOversized: true,
    maxClients,
    maxRecipients,
    maxAllowedUnauthenticatedCommands: 1_000,
    socketTimeout: socketTimeoutMs,
    closeTimeout: drainMs,
    disableReverseLookup: true,
    useProxy: false,
    useXClient: false,
    useXForward: false,
    onConnect({ id }, done) {
      ends.set(id, setTimeout(() => end(id, 421), connectionTimeoutMs).unref());
      done();
    },
    onClose({ id }) {
      clearTimeout(ends.get(id));
      ends.delete(id);
    },
    onRcptTo({ address }, { envelope }, done) {
      checkRecipient(host, own, address).then(
        (verdict) => {
          switch (verdict) {
            case "ours":
              return done();
            case "gone":
              return done(reply(550, "5.2.1 This conversation is no longer available"));
            case "unknown":
              return done(reply(550, "5.1.1 No such mailbox here"));
            case "foreign":
              return done(reply(550, "5.7.1 Mail for others is not relayed"));
          }
        },
        (error: unknown) => {
          host.logger.warn("A recipient could not be looked up", {
            protocol,
            from: addressOf(envelope.mailFrom),
            error,
          });
          done(tryLater);
        },
      );
    },
    onData(stream, session, done) {
      const receive = receiveMail(options, stream, session, () => end(session.id, 552))
        .then(() => done())
        .catch((error: unknown) => done(error instanceof Refusal ? error : tryLater))
        .finally(() => receiving.delete(receive));
      receiving.add(receive);
    },
  });

  function end(id: string, code: number): void {
    for (const connection of server.connections) {
      if (connection.id !== id) continue;
      connection.send(code, code === 421 ? "4.4.2 This took too long" : "5.3.4 Far too large");
      connection.close();
    }
  }
  return server;
}

/** Reads a mail whole and has it stored. @throws {Refusal} when it is not to be acknowledged */
async function receiveMail(
  { host, protocol, maxSizeBytes, budget }: MailListenerOptions,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  endConnection: () => void,
): Promise<void> {
  const chunks: Buffer[] = [];
  let heldBytes = 0;
  let refusal: Refusal | null = null;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (refusal === null && stream.byteLength > maxSizeBytes) refusal = tooLarge;
      else if (refusal === null && !budget.take(chunk.length)) refusal = tooMuch;
      else if (refusal === null) {
        heldBytes += chunk.length;
        chunks.push(chunk);
      }
      if (refusal === null) continue;
      // Read on, for the answer comes at the end only; but not for ever.
      chunks.length = 0;
      if (stream.byteLength > 2 * maxSizeBytes) endConnection();
    }
    // The server answers 552 by itself.
    if (refusal !== null) throw refusal;
    const { mailFrom, rcptTo } = session.envelope;
    const client = protocol === "smtp" ? senderServer(session.remoteAddress) : null;
    await keepMail(host, {
      raw: Buffer.concat(chunks),
      envelope: {
        via: protocol,
        from: addressOf(mailFrom),
        to: rcptTo.map(({ address }) => address),
        remoteAddress: client,
        helo: client === null ? null : session.hostNameAppearsAs || null,
        arrivedAt: null,
        providerId: session.id,
      },
    });
  } catch (error) {
    if (!(error instanceof Refusal) && !stream.destroyed)
      host.logger.warn("A mail could not be stored: its sender was asked to try again", { protocol, error });
    throw error;
  } finally {
    budget.giveBack(heldBytes);
  }
}

/** What the client is answered. */
class Refusal extends Error {
  constructor(
    readonly responseCode: number,
    message: string,
  ) {
    super(message);
  }
}

const reply = (code: number, text: string) => new Refusal(code, text);
const tryLater = reply(451, "4.3.0 Afterchat cannot store mail at the moment: try again later");
const tooMuch = reply(452, "4.3.1 Too much mail comes at once: try again later");
const tooLarge = reply(552, "5.3.4 The mail is too large");

function addressOf(mailFrom: SMTPServerSession["envelope"]["mailFrom"]): string | null {
  return mailFrom === false ? null : mailFrom.address;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
