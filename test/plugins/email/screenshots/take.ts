/** Takes screenshots of sample emails: `npm run email:screenshots -- <folder>`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { z } from "zod";
import { emailChannel } from "../../../../plugins/email/index.js";
import { createTestHost } from "../../../../src/channels/contract/test-host.js";
import { sampleMails } from "./sample-mails.js";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const views = [
  { name: "light", width: 720, colorScheme: "light" },
  { name: "dark", width: 720, colorScheme: "dark" },
  { name: "phone", width: 320, colorScheme: "light" },
  { name: "phone-dark", width: 320, colorScheme: "dark" },
] as const;
const keptMail = z.object({ html: z.string(), text: z.string() });

const folder = process.argv[2];
if (folder === undefined) throw new Error("Name a folder: npm run email:screenshots -- <folder>");
await mkdir(folder, { recursive: true });

// Chromium's sandbox does not work as root.
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
try {
  for (const [name, outbound] of Object.entries(sampleMails)) {
    const host = createTestHost();
    const config = emailChannel.configure({ EMAIL_FROM: "chat@example.com", EMAIL_REPLY_DOMAIN: "reply.example.com" });
    if (config === undefined) throw new Error("Email is not configured.");
    const connection = await emailChannel.connect(config, host);
    await connection.deliver(outbound, new AbortController().signal);
    await connection.close();
    const kept = [...host.entries].find(([key]) => key.startsWith("mail/"))?.[1];
    const { html, text } = keptMail.parse(kept);
    await writeFile(join(folder, `${name}.html`), html);
    await writeFile(join(folder, `${name}.txt`), text);
    for (const { name: view, width, colorScheme } of views) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      await page.setContent(html);
      const overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      if (overflow !== 0) console.error(`${name}, ${view}: ${overflow} pixels wider than the window`);
      // The first screen of the long transcript is enough.
      await page.screenshot({ path: join(folder, `${name}-${view}.png`), fullPage: name !== "long-transcript" });
      await page.close();
    }
  }
} finally {
  await browser.close();
}
