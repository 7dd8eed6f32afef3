import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { CERTIFICATE } from "../../../../support/fakes/certificate.js";

/** Talks to an SMTP or LMTP server word by word, and as rudely as a test wants. */
export class SmtpConversation {
  #received = "";
  #heard = Promise.withResolvers<void>();

  private constructor(private socket: Socket) {
    this.#listen();
  }

  /** Connected, with the greeting read. */
  static async begin(port: number): Promise<SmtpConversation> {
    const conversation = new SmtpConversation(connect(port, "127.0.0.1"));
    await conversation.reply();
    return conversation;
  }

  /** Sends a line and gives the reply to it: its last line. */
  async say(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Hello, sender and recipients; gives what was answered to each recipient. */
  async envelope(hello: "EHLO" | "LHLO", from: string, ...to: readonly string[]): Promise<string[]> {
    await this.say(`${hello} mail.sender.example`);
    await this.say(`MAIL FROM:<${from}>`);
    const replies: string[] = [];
    for (const recipient of to) replies.push(await this.say(`RCPT TO:<${recipient}>`));
    return replies;
  }

  /** DATA with a whole mail; gives the first reply to it. */
  async data(mail: string | Buffer): Promise<string> {
    const ready = await this.say("DATA");
    if (!ready.startsWith("354")) return ready;
    this.write(mail);
    return this.say("\r\n.");
  }

  /** The last line of the next reply; `closed` when the server ended the connection instead. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*(\d{3} .*)\r\n/.exec(this.#received);
      if (match !== null) {
        this.#received = this.#received.slice(match[0].length);
        return match[1] ?? "";
      }
      if (this.socket.destroyed || this.socket.readableEnded) return "closed";
      await this.#heard.promise;
    }
  }

  /** After "220 Ready to start TLS". */
  async secure(): Promise<void> {
    this.socket.removeAllListeners();
    const secured = connectTls({ socket: this.socket, ca: CERTIFICATE, servername: "localhost" });
    await once(secured, "secureConnect");
    this.socket = secured;
    this.#listen();
  }

  /** Hangs up without a word. */
  async hangUp(): Promise<void> {
    if (this.socket.destroyed) return;
    this.socket.destroy();
    await once(this.socket, "close");
  }

  #listen(): void {
    const wake = () => {
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    };
    this.socket.on("error", () => undefined);
    this.socket.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString("latin1");
      wake();
    });
    this.socket.on("end", wake).on("close", wake);
  }
}
