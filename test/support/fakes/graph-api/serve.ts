/**
 * `npm run graph:fake`: a Graph API on loopback to play with by hand. Prints the settings to start the program with and
 * what the program sends; a line that is typed is written by a visitor.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { z } from "zod";
import { FakeGraphApi } from "./graph-api.js";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4480" },
    program: { type: "string", default: "http://localhost:4000" },
  },
});
const given = z
  .object({ port: z.coerce.number().int().min(0).max(65_535), program: z.url({ protocol: /^https?$/ }) })
  .safeParse(values);
if (!given.success) {
  process.stderr.write(`${z.prettifyError(given.error)}\n`);
  process.exit(2);
}
const program = given.data.program.replace(/\/+$/, "");
const people = { page: "2400000000000001", instagram: "7800000000000001" } as const;

const graphApi = await FakeGraphApi.start(() => new Date(), given.data.port);
graphApi.echoes = "after";
graphApi.webhooks.listenAt("page", `${program}/webhooks/messenger`);
graphApi.webhooks.listenAt("instagram", `${program}/webhooks/instagram`);
graphApi.onTaken(({ kind, text, file, sentAs }) => print(`<- ${nameOf(kind)} (${sentAs}): ${file ?? text}`));

const settings = { ...graphApi.messengerEnvironment, ...graphApi.instagramEnvironment() };
print(`A fake Graph API listens at ${graphApi.url}. Start the program with:

${Object.entries(settings)
  .map(([name, value]) => `${name}=${value} \\`)
  .join("\n")}
npm start

A line typed here is written by a visitor on Messenger, one that begins with "ig " on Instagram. /read: the visitor has seen
everything; /revoke and /grant: the Page's token; Ctrl-C ends. Or, from elsewhere:

curl ${graphApi.url}/fake/say -d '{"text":"Is my bike ready?"}'     what was sent: curl ${graphApi.url}/fake/messages
`);

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  obey(line.trim()).catch((error) => print(`   ${error instanceof Error ? error.message : String(error)}`));
});
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
lines.close();
await graphApi.stop();

async function obey(line: string): Promise<void> {
  if (line === "") return;
  if (line === "/revoke" || line === "/grant") {
    graphApi.setToken(graphApi.pageToken, line === "/revoke" ? "revoked" : "valid");
    return print(`   The Page's token is ${line === "/revoke" ? "revoked" : "valid"}.`);
  }
  if (line === "/read") return report(await graphApi.reportRead("page", people.page));
  const onInstagram = line.startsWith("ig ");
  const kind = onInstagram ? "instagram" : "page";
  return report(await graphApi.say(kind, people[kind], onInstagram ? line.slice(3) : line));
}

function report(status: number): void {
  print(
    status === 200 ? "   200: the program has it." : `   ${status || "nobody"} answered at ${program}: does it run?`,
  );
}

function nameOf(kind: "page" | "instagram"): string {
  return kind === "page" ? "Messenger" : "Instagram";
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
