import { createInterface } from "node:readline";
import { createTestHost } from "afterchat/channel-contract";
import { startSmsVendor } from "./sms-vendor.js";

// The stand-in by hand: prints what Afterchat sends, and posts each line that is typed as what a visitor writes.
const host = createTestHost();
const vendor = await startSmsVendor(host, { port: 4100, took: (text) => console.log(`> ${text}`) });
console.log("The vendor listens on http://127.0.0.1:4100. Type what a visitor writes:");

for await (const text of createInterface({ input: process.stdin })) {
  host.setTime(new Date());
  const request = await vendor.inbound?.message({ id: crypto.randomUUID(), text });
  if (!request) continue;
  const response = await fetch(request).catch((error) => error);
  if (!response.ok) console.log(`Afterchat did not take it: ${response.status ?? response.cause ?? response}`);
}
await vendor.stop();
