import { createInterface } from "node:readline";
import { createTestHost } from "afterchat/channel-contract";
import { startSmsVendor } from "./sms-vendor.js";

// The fake vendor in a terminal: prints what Afterchat sends, and posts each typed line as a visitor's message.
const host = createTestHost();
const vendor = await startSmsVendor(host, { port: 4100, onMessage: (text) => console.log(`> ${text}`) });
console.log("The fake vendor listens on http://127.0.0.1:4100. Type a visitor's messages:");

for await (const text of createInterface({ input: process.stdin })) {
  host.setTime(new Date());
  const request = await vendor.inbound?.message({ id: crypto.randomUUID(), text });
  if (!request) continue;
  const response = await fetch(request).catch((error) => error);
  if (!response.ok) console.log(`Afterchat did not accept it: ${response.status ?? response.cause ?? response}`);
}
await vendor.stop();
