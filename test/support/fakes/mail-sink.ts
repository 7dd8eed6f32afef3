import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { type AddressObject, type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface ReceivedMail {
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  /** As it came over the wire. */
  readonly raw: Buffer;
  readonly parsed: ParsedMail;
}

/** What the server answers to a recipient; null accepts. */
export type MailBehaviour = (recipient: string) => Refusal | null;

export interface Refusal {
  /** SMTP's. */
  readonly code: number;
  readonly message: string;
}

/** A real SMTP server on loopback that keeps what it accepts. */
export class MailSink {
  readonly mails: ReceivedMail[] = [];
  /** Mails that came whole and were refused for their content. */
  readonly refused: ReceivedMail[] = [];
  readonly #server: SMTPServer;
  #behaviour: MailBehaviour = () => null;
  #respondToContent: (mail: ReceivedMail) => Refusal | null | Promise<Refusal | null> = () => null;
  #onAnswered: (mail: ReceivedMail) => unknown = () => {};
  #listening: Promise<unknown> = Promise.resolve();
  readonly #sockets = new Set<Socket>();
  #arrived = Promise.withResolvers<void>();

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      logger: false,
      ...options,
      onRcptTo: (address, _session, callback) => {
        callback(errorOf(this.#behaviour(address.address)));
      },
      onData: (stream, session, callback) => {
        void buffer(stream).then(async (raw) => {
          const parsed = await simpleParser(raw);
          const { mailFrom, rcptTo } = session.envelope;
          const mail: ReceivedMail = {
            envelopeFrom: mailFrom === false ? "" : mailFrom.address,
            envelopeTo: rcptTo.map((recipient) => recipient.address),
            raw,
            parsed,
          };
          const refusal = await this.#respondToContent(mail);
          (refusal === null ? this.mails : this.refused).push(mail);
          callback(errorOf(refusal));
          this.#listening = this.#listening.then(() => this.#onAnswered(mail));
          this.#listening.catch(() => {}); // told by `stop`
          this.#arrived.resolve();
          this.#arrived = Promise.withResolvers();
        }, callback);
      },
    });
  }

  static async start(options: SMTPServerOptions = {}): Promise<MailSink> {
    const sink = new MailSink(options);
    await new Promise<void>((done, failed) => {
      sink.#server.once("error", failed);
      sink.#server.listen(0, "127.0.0.1", () => done());
    });
    // A test makes clients hang up in the middle on purpose.
    sink.#server.removeAllListeners("error").on("error", () => undefined);
    sink.#server.server.on("connection", (socket: Socket) => {
      sink.#sockets.add(socket);
      socket.on("close", () => sink.#sockets.delete(socket));
    });
    return sink;
  }

  get port(): number {
    const address = this.#server.server.address();
    if (address === null || typeof address === "string") throw new Error("The SMTP server is not listening");
    return address.port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** From now on recipients are answered so; null accepts. */
  behave(behaviour: MailBehaviour): void {
    this.#behaviour = behaviour;
  }

  /** Sets the response to the content of mails from now on; null accepts, and a promise keeps the sender waiting. */
  respondToContent(respond: (mail: ReceivedMail) => Refusal | null | Promise<Refusal | null>): void {
    this.#respondToContent = respond;
  }

  /**
   * From now on called for each mail that came whole once it has been answered, one after the other; `stop` waits for the
   * last, and rejects with what one threw.
   */
  onAnswered(listener: (mail: ReceivedMail) => unknown): void {
    this.#onAnswered = listener;
  }

  /** Resolves when the next mail has arrived. */
  next(): Promise<void> {
    return this.#arrived.promise;
  }

  /** Ends every connection, idle ones too, and resolves once all have closed. */
  async dropConnections(): Promise<void> {
    const closed = [...this.#sockets].map((socket) => new Promise((done) => socket.once("close", done).destroy()));
    await Promise.all(closed);
  }

  async stop(): Promise<void> {
    await new Promise<void>((done) => this.#server.close(() => done()));
    await this.#listening;
  }
}

function errorOf(refusal: Refusal | null): Error | null {
  return refusal === null ? null : Object.assign(new Error(refusal.message), { responseCode: refusal.code });
}

/** The one address of a header such as From or Reply-To. */
export function addressOf(header: AddressObject | AddressObject[] | undefined): { address: string; name: string } {
  const object = Array.isArray(header) ? header[0] : header;
  const [first] = object?.value ?? [];
  return { address: first?.address ?? "", name: first?.name ?? "" };
}
