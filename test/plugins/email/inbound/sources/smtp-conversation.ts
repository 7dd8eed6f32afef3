import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { CERTIFICATE } from "../../../../support/fakes/certificate.js";

/** A client that talks to an SMTP or LMTP server line by line, and may break the protocol. */
export class SmtpConversation {
  #received = "";
  #changed = Promise.withResolvers<void>();

  private constructor(private socket: Socket) {
    this.#listen();
  }

  /** Connects and reads the greeting. `from` is this client's address, another one of this machine. */
  static async connect(port: number, from = "127.0.0.1"): Promise<SmtpConversation> {
    const conversation = new SmtpConversation(connectTcp({ port, host: "127.0.0.1", localAddress: from }));
    await conversation.reply();
    return conversation;
  }

  /** Sends a line and returns the last line of the reply. */
  async send(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Resolves when the server takes more, or has closed the connection. */
  async writeAll(bytes: Buffer): Promise<void> {
    if (!this.socket.writable || this.socket.write(bytes)) return;
    const resumed = Promise.withResolvers<void>();
    this.socket.once("drain", resumed.resolve).once("close", resumed.resolve);
    await resumed.promise;
    this.socket.off("drain", resumed.resolve).off("close", resumed.resolve);
  }

  /** Sends hello, sender and recipients; returns the reply to each recipient. */
  async envelope(hello: "EHLO" | "LHLO", from: string, ...to: readonly string[]): Promise<string[]> {
    await this.send(`${hello} mail.sender.example`);
    await this.send(`MAIL FROM:<${from}>`);
    const replies: string[] = [];
    for (const recipient of to) replies.push(await this.send(`RCPT TO:<${recipient}>`));
    return replies;
  }

  /** Sends DATA and a whole email; returns the first reply to it. */
  async data(mail: string | Buffer): Promise<string> {
    const ready = await this.send("DATA");
    if (!ready.startsWith("354")) return ready;
    this.write(mail);
    return this.send("\r\n.");
  }

  /** The last line of the next reply; `closed` if the server closed the connection instead. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*(\d{3} .*)\r\n/.exec(this.#received);
      if (match !== null) {
        this.#received = this.#received.slice(match[0].length);
        return match[1] ?? "";
      }
      if (this.socket.destroyed || this.socket.readableEnded) return "closed";
      await this.#changed.promise;
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

  /** Closes the connection without QUIT. */
  async close(): Promise<void> {
    if (this.socket.destroyed) return;
    this.socket.destroy();
    await once(this.socket, "close");
  }

  #listen(): void {
    const wake = () => {
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    };
    this.socket.on("error", () => undefined);
    this.socket.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString("latin1");
      wake();
    });
    this.socket.on("end", wake).on("close", wake);
  }
}
