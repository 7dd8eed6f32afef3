import type { ToChild } from "../../../../../plugins/email/inbound/reading/protocol.js";

// Reads emails as the real one does, except those whose text tells it to misbehave: no real email makes it do so.

let content = "";
process.on("message", (message: ToChild) => {
  content = message.type === "bytes" ? content + Buffer.from(message.bytes).toString("latin1") : content;
  if (message.type === "bytes") return;
  const text = content;
  content = "";
  if (text.includes("Spin, please.")) for (;;);
  if (text.includes("Fill the heap, please.")) fillHeap();
  if (text.includes("Exit, please.")) process.exit(process.env.APP_SECRET === undefined ? 7 : 8);
});

function fillHeap(): void {
  const lines: string[][] = [];
  for (;;) lines.push(Array.from({ length: 1_000 }, (_, line) => `line ${line}`));
}

await import("../../../../../plugins/email/inbound/reading/child.js");
