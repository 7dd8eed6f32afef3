import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** What the server answers at each step instead of going on; `drop` ends the connection without a word. */
export type Script = Partial<
  Record<"CONNECT" | "EHLO" | "STARTTLS" | "AUTH" | "MAIL" | "RCPT" | "DATA" | "CONTENT", string>
>;

const GOOD: Required<Script> = {
  CONNECT: "220 ready",
  EHLO: "250 localhost",
  STARTTLS: "502 5.5.1 Not implemented",
  AUTH: "235 2.7.0 Welcome",
  MAIL: "250 2.1.0 Sender ok",
  RCPT: "250 2.1.5 Recipient ok",
  DATA: "354 Go ahead",
  CONTENT: "250 2.0.0 Taken",
};

/** A server that says what no well-behaved server could be made to say; without TLS or login. */
export async function startScriptedServer(script: Script) {
  const commands: string[] = [];
  const server = createServer((socket) => converse(socket, { ...GOOD, ...script }, commands));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    /** The verbs it was sent. */
    commands,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function converse(socket: Socket, replies: Required<Script>, commands: string[]): void {
  let content = false;
  const answer = (reply: string) => (reply === "drop" ? socket.destroy() : socket.write(`${reply}\r\n`));
  socket.on("error", () => {
    // The client may leave first.
  });
  answer(replies.CONNECT);
  createInterface({ input: socket }).on("line", (line) => {
    const verb = content ? (line === "." ? "CONTENT" : null) : (line.split(/[ :]/, 1)[0] ?? "").toUpperCase();
    if (verb === null) return;
    commands.push(verb);
    if (verb === "QUIT") return socket.end("221 bye\r\n");
    if (verb === "RSET") return answer("250 ok");
    content = verb === "DATA" && replies.DATA.startsWith("354");
    answer(verb in replies ? replies[verb as keyof Script] : "500 5.5.1 What?");
  });
}
