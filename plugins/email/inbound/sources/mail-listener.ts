import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ChannelHost, concurrencyLimits, type MemoryShares } from "afterchat/channel";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { senderServer } from "../authentication/sender-server.js";
import type { ListenAddress, TlsFiles } from "../inbound-settings.js";
import { type StoreOutcome, storeMail } from "../store-mail.js";
import { checkRecipient, type LocalAddresses } from "./check-recipient.js";
import type { InboundSource } from "./inbound-source.js";
import { MailConnections, type ReceivedContent, tooMany } from "./mail-connections.js";
import { mailTimeouts } from "./mail-timeouts.js";
import { tooMuchMail } from "./refuse.js";

const maxRecipients = 50;
/** When closing, for connections to finish their email. */
const drainMs = 2_000;
const listenRetryMs = 10_000;
/** What a chunk needs besides its bytes. */
const chunkBytes = 512;

export interface MailListenerOptions {
  readonly host: ChannelHost;
  readonly local: LocalAddresses;
  /** `smtp`: from other mail servers, with STARTTLS if `tls` is set. `lmtp`: from the operator's mail server. */
  readonly protocol: "smtp" | "lmtp";
  readonly address: ListenAddress;
  readonly tls: TlsFiles | null;
  readonly maxSizeBytes: number;
  /** For emails that are being received. */
  readonly memory: MemoryShares;
}

/**
 * Receives email by SMTP (RFC 5321) or LMTP (RFC 2033), only for Afterchat's addresses: nothing is relayed. An email is
 * acknowledged once it is stored. If the port is in use, it retries and reports that in the channel's health.
 */
export async function listenForMail(options: MailListenerOptions): Promise<InboundSource> {
  const { host, protocol, address } = options;
  const name = protocol.toUpperCase();
  const receiving = new Set<Promise<void>>();
  const server = createServer(options, receiving);
  let problem: string | null = null;
  let retry: NodeJS.Timeout | undefined;

  const listen = async (): Promise<void> => {
    try {
      server.listen(address.port, address.host);
      await once(server.server, "listening");
      problem = null;
    } catch (error) {
      problem = `${name} cannot listen on ${address.host}:${address.port} (${codeOf(error)}): free the port or change EMAIL_${name}_LISTEN`;
      host.logger.error(`Email cannot be received by ${name}`, { problem });
      retry = setTimeout(() => void listen(), listenRetryMs).unref();
    }
  };
  // Clients that disconnect early. Errors of listening are reported above.
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
      clearTimeout(retry);
      const listening = server.server.listening;
      await new Promise<void>((done) => {
        if (!listening) return done();
        server.close(() => done());
      });
      await Promise.all(receiving);
    },
  };
}

function createServer(options: MailListenerOptions, receiving: Set<Promise<void>>): SMTPServer {
  const { host, local, protocol, tls, maxSizeBytes } = options;
  const connections = new MailConnections({
    limitsFactor: host.limitsFactor,
    end: (id, text) => endConnection(id, 421, text),
  });
  const server = new SMTPServer({
    lmtp: protocol === "lmtp",
    name: local.from.slice(local.from.lastIndexOf("@") + 1),
    banner: "Afterchat",
    // The library names a command without a handler of ours, such as NOOP, only in its log.
    logger: {
      debug: ({ tnx, cid }: { readonly tnx?: string; readonly cid?: string }) => {
        if (tnx === "command" && cid !== undefined) connections.command(cid);
      },
    },
    disabledCommands: ["AUTH", ...(tls === null ? ["STARTTLS"] : [])],
    authOptional: true,
    ...(tls === null ? {} : { key: tls.key, cert: tls.certificate }),
    size: maxSizeBytes,
    rejectOversized: true,
    maxRecipients,
    maxAllowedUnauthenticatedCommands: 1_000,
    socketTimeout: mailTimeouts.silenceMs,
    closeTimeout: drainMs,
    disableReverseLookup: true,
    useProxy: false,
    useXClient: false,
    useXForward: false,
    onConnect({ id, remoteAddress }, done) {
      done(connections.enter(id, remoteAddress) ? null : reply(421, tooMany));
    },
    onClose({ id }) {
      connections.leave(id);
    },
    onRcptTo({ address }, { envelope }, done) {
      checkRecipient(host, local, address).then(
        (status) => {
          switch (status) {
            case "accepted":
              return done();
            case "erased":
              return done(reply(550, "5.2.1 This conversation is no longer available"));
            case "blocked":
              return done(reply(550, "5.7.1 Messages from you are not accepted here"));
            case "unknown":
              return done(reply(550, "5.1.1 No such mailbox here"));
            case "not-local":
              return done(reply(550, "5.7.1 Relaying denied"));
          }
        },
        (error: unknown) => {
          host.logger.warn("A recipient could not be checked", {
            protocol,
            from: addressOf(envelope.mailFrom),
            error,
          });
          done(tryLater);
        },
      );
    },
    onData(stream, session, done) {
      const content = connections.receive(session.id, () => stream.byteLength);
      const network = connections.networkOf(session.id);
      const end = ({ responseCode, message }: Refusal) => endConnection(session.id, responseCode, message);
      const receive = receiveMail(options, stream, session, { content, network, end })
        .then(() => done())
        .catch((error: unknown) => done(error instanceof Refusal ? error : tryLater))
        .finally(() => receiving.delete(receive));
      receiving.add(receive);
    },
  });

  function endConnection(id: string, code: number, text: string): void {
    for (const connection of server.connections) {
      if (connection.id !== id) continue;
      connection.send(code, text);
      connection.close();
    }
  }
  // Those that were told to go away stay for some seconds.
  server.server.maxConnections = 2 * concurrencyLimits.mailConnections.max;
  return server;
}

interface Receiving {
  readonly content: ReceivedContent;
  /** Who sends it. */
  readonly network: string;
  /** Ends the connection in the middle of the content. */
  readonly end: (reason: Refusal) => void;
}

/** Reads and stores an email. @throws {Refusal} if it must not be acknowledged */
async function receiveMail(
  { host, protocol, maxSizeBytes, memory }: MailListenerOptions,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  { content, network, end }: Receiving,
): Promise<void> {
  const chunks: Buffer[] = [];
  let refusal: Refusal | null = null;
  let outcome: StoreOutcome = "refused";
  const refuse = (reason: Refusal): void => {
    refusal ??= reason;
    chunks.length = 0;
    share.close();
  };
  const giveWay = (): void => {
    refuse(tooBusy);
    // To read the rest would cost others time. The sender tries again, as after any broken connection.
    end(tooBusy);
  };
  const share = memory.open(protocol, network, giveWay);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      // The reply can be sent only after the content, so the rest is read and discarded, up to a limit.
      if (stream.byteLength > 2 * maxSizeBytes) end(tooLarge);
      if (refusal !== null) continue;
      if (stream.byteLength > maxSizeBytes) refuse(tooLarge);
      else if (!share.add(chunk.length + chunkBytes)) giveWay();
      else chunks.push(chunk);
    }
    content.complete();
    if (refusal !== null) throw refusal;
    const { mailFrom, rcptTo } = session.envelope;
    const client = protocol === "smtp" ? senderServer(session.remoteAddress) : null;
    const raw = Buffer.concat(chunks);
    chunks.length = 0;
    outcome = await storeMail(host, {
      raw,
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
    if (outcome === "refused") throw tooMuch;
  } catch (error) {
    if (!(error instanceof Refusal) && !stream.destroyed)
      host.logger.warn("An email could not be stored: its sender was asked to try again", { protocol, error });
    throw error;
  } finally {
    content.end(outcome);
    share.close();
  }
}

/** An error reply to the client. */
class Refusal extends Error {
  constructor(
    readonly responseCode: number,
    message: string,
  ) {
    super(message);
  }
}

const reply = (code: number, text: string) => new Refusal(code, text);
const tryLater = reply(451, "4.3.0 Temporarily unable to store mail: try again later");
const tooBusy = reply(452, "4.3.1 Too many concurrent messages: try again later");
const tooMuch = reply(452, `4.3.1 ${tooMuchMail}`);
const tooLarge = reply(552, "5.3.4 Message too big");

function addressOf(mailFrom: SMTPServerSession["envelope"]["mailFrom"]): string | null {
  return mailFrom === false ? null : mailFrom.address;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
