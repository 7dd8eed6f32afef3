/** `node sink-process.js PORT FILE`: a mail server that accepts everything and appends it to a file. Ends by a signal. */
import { createWriteStream } from "node:fs";
import { createServer, type Socket } from "node:net";

const [port = "", path = ""] = process.argv.slice(2);
const file = createWriteStream(path, { flags: "a" });

function serve(socket: Socket): void {
  let buffered = "";
  let recipient = "";
  let inContent = false;
  const answers: string[] = ["220 sink ESMTP"];
  const flush = (): void => {
    if (answers.length > 0) socket.write(`${answers.splice(0).join("\r\n")}\r\n`);
  };
  // Returns whether the buffer may contain more.
  const step = (): boolean => {
    const end = buffered.indexOf(inContent ? "\r\n.\r\n" : "\r\n");
    if (end < 0) return false;
    const text = buffered.slice(0, end);
    buffered = buffered.slice(end + (inContent ? 5 : 2));
    if (inContent) {
      inContent = false;
      file.write(`X-Rcpt-Args: ${recipient}\n${text.replaceAll("\r\n", "\n")}\n\n`, "latin1");
      answers.push("250 2.0.0 Ok");
      return true;
    }
    const command = text.slice(0, 4).toUpperCase();
    if (command === "DATA") {
      inContent = true;
      answers.push("354 End with a dot");
    } else if (command === "QUIT") {
      socket.end("221 2.0.0 Bye\r\n");
      return false;
    } else {
      if (command === "RCPT") recipient = text.slice("RCPT TO:".length);
      answers.push("250 2.0.0 Ok");
    }
    return true;
  };
  socket.setNoDelay().setEncoding("latin1");
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    buffered += String(chunk);
    while (step());
    flush();
  });
  flush();
}

createServer(serve).listen(Number(port), "127.0.0.1");
