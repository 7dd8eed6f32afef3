import { setPriority } from "node:os";
import { checkSender } from "../authentication/check-sender.js";
import { type FromChild, slicesOf, type ToChild } from "./protocol.js";
import { readMail } from "./read-mail.js";

// A process that reads emails, one after the other, see reader-process.ts. It ends when it loses its parent.

// The process that answers visitors goes first when there are too few processors.
setPriority(10);
// Ctrl-C in a terminal reaches this process too: its parent, which may wait for it, ends it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);

let received: Uint8Array[] = [];

process.on("message", (message: ToChild) => {
  if (message.type === "bytes") return void received.push(message.bytes);
  const content = Buffer.concat(received);
  received = [];
  void answer(message, content).catch((error: unknown) =>
    send({ type: "failed", message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

async function answer(message: Exclude<ToChild, { type: "bytes" }>, content: Buffer): Promise<void> {
  if (message.type === "check") {
    return send({ type: "check", result: await checkSender({ ...message.task, content }) });
  }
  const result = await readMail({ ...message.task, content });
  const { attachments } = result.message;
  for (const file of attachments) for (const slice of slicesOf(file.content)) await send(slice);
  const withoutContent = attachments.map((file) => ({ ...file, content: new Uint8Array() }));
  return send({
    type: "read",
    result: { ...result, message: { ...result.message, attachments: withoutContent } },
    attachmentSizes: attachments.map(({ content }) => content.byteLength),
  });
}

/** Resolves when the message has left. */
function send(message: FromChild): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}

await send({ type: "ready" });
