import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

export type Step = "CONNECT" | "EHLO" | "STARTTLS" | "AUTH" | "MAIL" | "RCPT" | "DATA" | "CONTENT";
/** An SMTP reply; `drop` ends the connection without a word, `hang` says nothing until `release`. */
type Answer = string | "drop" | "hang";
export type Answers = Partial<Record<Step, Answer>>;

const polite: Readonly<Record<Step, string>> = {
  CONNECT: "220 ready",
  EHLO: "250 localhost",
  STARTTLS: "502 5.5.1 Not implemented",
  AUTH: "235 2.7.0 Welcome",
  MAIL: "250 2.1.0 Sender ok",
  RCPT: "250 2.1.5 Recipient ok",
  DATA: "354 Go ahead",
  CONTENT: "250 2.0.0 Taken",
};

export interface TakenMail {
  readonly recipient: string;
  readonly messageId: string;
  /** As it came over the wire. */
  readonly raw: string;
}

/**
 * An SMTP server that says what no well-behaved one could be made to say, and can stop and listen again on its port.
 * Without TLS and login.
 */
export class FaultySmtpServer {
  /** Every mail whose content arrived whole, whatever was answered then. */
  readonly mails: TakenMail[] = [];
  /** The verbs that it was sent, and CONTENT for each mail that arrived whole. */
  readonly commands: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #answers: Answers;
  #port = 0;
  #held: (() => void)[] = [];
  #hung = Promise.withResolvers<void>();

  private constructor(answers: Answers) {
    this.#answers = answers;
    this.#server = createServer((socket) => this.#converse(socket));
  }

  /** These steps are answered so, all others politely. */
  static async start(answers: Answers = {}): Promise<FaultySmtpServer> {
    const server = new FaultySmtpServer(answers);
    await server.listen();
    return server;
  }

  /** Stays the same when it stops and listens again. */
  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`;
  }

  /** From now on these steps are answered so, all others politely. */
  behave(answers: Answers = {}): void {
    this.#answers = answers;
  }

  /** Resolves when a client waits for an answer that does not come. */
  hanging(): Promise<void> {
    return this.#hung.promise;
  }

  /** Lets all who hang have their polite answer after all. */
  release(): void {
    this.#hung = Promise.withResolvers();
    for (const answer of this.#held.splice(0)) answer();
  }

  mailsTo(recipient: string): TakenMail[] {
    return this.mails.filter((mail) => mail.recipient === recipient);
  }

  /** Ends every connection and listens no more. May be called twice. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#held = [];
    this.dropConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Ends every connection, idle ones of a pool too. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Listens again, on the port it had. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #converse(socket: Socket): void {
    let content: string[] | null = null;
    let recipient = "";
    this.#sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
    this.#answer(socket, "CONNECT");
    createInterface({ input: socket }).on("line", (line) => {
      if (content !== null) {
        if (line !== ".") return void content.push(line);
        this.commands.push("CONTENT");
        this.#take(recipient, content.join("\r\n"));
        content = null;
        return this.#answer(socket, "CONTENT");
      }
      const verb = (line.split(/[ :]/, 1)[0] ?? "").toUpperCase();
      this.commands.push(verb);
      if (verb === "QUIT") return void socket.end("221 bye\r\n");
      if (verb === "RSET") return void socket.write("250 ok\r\n");
      if (verb === "RCPT") recipient = /<([^>]*)>/.exec(line)?.[1] ?? "";
      if (!(verb in polite)) return void socket.write("502 5.5.1 Not implemented\r\n");
      this.#answer(socket, verb as Step);
      if (verb === "DATA" && (this.#answers.DATA ?? polite.DATA).startsWith("354")) content = [];
    });
  }

  #answer(socket: Socket, step: Step): void {
    const answer = this.#answers[step] ?? polite[step];
    if (answer === "drop") return void socket.destroy();
    if (answer === "hang") {
      this.#held.push(() => socket.write(`${polite[step]}\r\n`));
      this.#hung.resolve();
      return;
    }
    // 421 is a goodbye: RFC 5321, section 3.8.
    if (answer.startsWith("421")) socket.end(`${answer}\r\n`);
    else socket.write(`${answer}\r\n`);
  }

  #take(recipient: string, raw: string): void {
    const messageId = /^Message-ID: *(<[^>]+>)/im.exec(raw)?.[1] ?? "";
    this.mails.push({ recipient, messageId, raw });
  }
}
