import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Outbound } from "afterchat/channel";
import { createTestHost, sampleAttachment, sampleMessage, sampleOutbound } from "afterchat/channel-contract";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { emailChannel } from "../../../../plugins/email/index.js";
import { type FakeSmtpServer, plainUrl, startFakeSmtpServer } from "../fake-smtp-server.js";

const pem = (key: { export(options: { type: "pkcs8"; format: "pem" }): string | Buffer }) =>
  String(key.export({ type: "pkcs8", format: "pem" }));
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const signing = { EMAIL_DKIM_KEY: pem(privateKey).replaceAll("\n", "\\n"), EMAIL_DKIM_SELECTOR: "mail2026" };
const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;
let server: FakeSmtpServer;

beforeAll(async () => {
  server = await startFakeSmtpServer({ secure: false, authOptional: true, disabledCommands: ["STARTTLS"] }, plainUrl);
});
afterAll(() => server.stop());

/** Delivers all, and returns the emails that the server received. */
async function arrive(environment: Readonly<Record<string, string>>, ...all: Partial<Outbound<string>>[]) {
  const host = createTestHost();
  const config = emailChannel.configure({ ...server.environment, EMAIL_FROM: "chat@example.com", ...environment });
  if (!config) throw new Error("email is not configured");
  const connection = await emailChannel.connect(config, host);
  const before = server.mails.length;
  for (const overrides of all) {
    const result = await connection.deliver(sampleOutbound("ana@example.com", overrides), new AbortController().signal);
    expect(result.outcome).toBe("accepted");
  }
  await connection.close();
  return { host, mails: server.mails.slice(before).map(({ raw, parsed }) => ({ raw: raw.toString(), parsed })) };
}

const headerOf = (raw: string, name: string) => {
  const header = (raw.split("\r\n\r\n", 1)[0] ?? "").replace(/\r\n[ \t]+/g, " ");
  return header
    .split("\r\n")
    .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}: `))
    ?.slice(name.length + 2);
};

describe("The headers of an email for other programs", () => {
  const conversation = { id: "7d1f2f0e-52c9-4a39-8e0f-9a0b9f6c1d11", startedAt: new Date("2026-03-03T10:58:00Z") };

  test("offer to unsubscribe from this conversation by one click (RFC 8058)", async () => {
    const { host, mails } = await arrive({}, { conversation });
    const [{ raw, parsed } = { raw: "", parsed: { text: "" } }] = mails;
    const link = `http://localhost:4000/unsubscribe/${host.sign("unsubscribe", conversation.id)}`;
    expect(headerOf(raw, "List-Unsubscribe")).toBe(`<${link}>`);
    expect(headerOf(raw, "List-Unsubscribe-Post")).toBe("List-Unsubscribe=One-Click");
    expect(parsed.text).toContain(link);
  });

  test("have one Thread-Index for each conversation, and reveal no id (case 14)", async () => {
    const other = { ...conversation, id: "8d1f2f0e-52c9-4a39-8e0f-9a0b9f6c1d11" };
    const { mails } = await arrive({}, { conversation }, { conversation }, { conversation: other });
    const [first = "", second = "", third = ""] = mails.map(({ raw }) => headerOf(raw, "Thread-Index"));
    expect(first).toBe(second);
    expect(first).not.toBe(third);
    const index = Buffer.from(first, "base64");
    expect(index).toHaveLength(22);
    // The upper six of a FILETIME's eight bytes: within 65,536 steps of 100 ns of the conversation's beginning.
    const began = (index.readUIntBE(0, 6) * 65_536) / 10_000 - 11_644_473_600_000;
    expect(Math.abs(began - conversation.startedAt.getTime())).toBeLessThan(10);
    for (const { raw } of mails) expect(raw).not.toMatch(/[78]d1f2f0e/i);
    expect(headerOf(mails[0]?.raw ?? "", "Feedback-ID")).toMatch(/^unread-replies:afterchat:[0-9a-f]{12}$/);
  });
});

describe("The DKIM signature of an email", () => {
  const resolver = async (name: string, type: string): Promise<string[][]> => {
    expect([name, type]).toEqual(["mail2026._domainkey.example.com", "TXT"]);
    return [[record]];
  };

  test("is valid, aligned with the sender's domain, and covers the one-click opt-out", async () => {
    const messages = [sampleMessage("你好 — Grüße", { attachments: [sampleAttachment("guide.txt", "Turn left")] })];
    const { mails } = await arrive(signing, { messages });
    const { results } = await dkimVerify(Buffer.from(mails[0]?.raw ?? ""), { resolver });
    expect(results).toHaveLength(1);
    expect(results[0]?.status).toMatchObject({ result: "pass", aligned: "example.com" });
    const signed = (/\bh=([^;]+)/.exec(headerOf(mails[0]?.raw ?? "", "DKIM-Signature") ?? "")?.[1] ?? "").toLowerCase();
    const covered = signed.replace(/\s/g, "").split(":");
    for (const name of [
      "from",
      "to",
      "subject",
      "date",
      "message-id",
      "reply-to",
      "list-unsubscribe",
      "list-unsubscribe-post",
    ]) {
      expect(covered).toContain(name);
    }
  });

  test("is invalid after the opt-out was changed", async () => {
    const { mails } = await arrive(signing, {});
    const forged = (mails[0]?.raw ?? "").replace("List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Clicks");
    const { results } = await dkimVerify(Buffer.from(forged), { resolver });
    expect(results[0]?.status.result).toBe("fail");
  });

  test("may use a key in a file and another domain", () => {
    const folder = mkdtempSync(join(tmpdir(), "afterchat-dkim-"));
    const path = join(folder, "dkim.pem");
    writeFileSync(path, pem(privateKey));
    const environment = { ...server.environment, EMAIL_DKIM_SELECTOR: "s1", EMAIL_DKIM_DOMAIN: "Mail.Example.com" };
    const config = emailChannel.configure({ ...environment, EMAIL_DKIM_KEY: path });
    rmSync(folder, { recursive: true });
    expect(config?.delivery).toMatchObject({ signing: { domain: "mail.example.com", privateKey: pem(privateKey) } });
  });

  const shortKey = generateKeyPairSync("rsa", { modulusLength: 512 }).privateKey;
  test.each([
    ["of type Ed25519", pem(generateKeyPairSync("ed25519").privateKey), /type ed25519: create an RSA key/],
    ["that is too short", pem(shortKey), /too short/],
    [
      "that is not a key",
      "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----",
      /not a readable private key/,
    ],
    ["in a file that does not exist", "/nowhere/dkim.pem", /ENOENT/],
  ])("is not attempted with a key %s: the settings are rejected", (_, EMAIL_DKIM_KEY, problem) => {
    const configure = () => emailChannel.configure({ ...signing, EMAIL_DKIM_KEY });
    expect(configure).toThrow(problem);
    expect(configure).not.toThrow(/c2VjcmV0/);
  });

  test.each(["EMAIL_DKIM_KEY", "EMAIL_DKIM_SELECTOR"] as const)("cannot be configured without %s", (missing) => {
    const { [missing]: _left, ...rest } = signing;
    expect(() => emailChannel.configure(rest)).toThrow(new RegExp(`${missing}: is required`));
  });
});

describe("A conversation that is too long for an email", () => {
  test("is attached completely: 500 messages, one of 300 KB, and none is lost (case 16)", async () => {
    const long = `${"Ω".repeat(150_000)}the end`;
    const messages = [
      ...Array.from({ length: 499 }, (_, index) => sampleMessage(`reply #${index}#`)),
      sampleMessage(long),
    ];
    const { mails } = await arrive({}, { messages });
    const mail = mails[0]?.parsed;
    expect(Buffer.byteLength(String(mail?.html))).toBeLessThanOrEqual(100_000);
    expect(Buffer.byteLength(mail?.text ?? "")).toBeLessThan(100_000);
    const [transcript, ...others] = mail?.attachments ?? [];
    expect(others).toEqual([]);
    expect(transcript).toMatchObject({ filename: "conversation.txt", contentType: "text/plain" });
    const whole = transcript?.content.toString("utf8") ?? "";
    expect(messages.filter(({ text }) => !whole.includes(`  ${text}\n`))).toEqual([]);
  });

  test("has links instead of attached files if all together exceed 10 MB (case 22)", async () => {
    const file = sampleAttachment("large.bin", "x".repeat(10 * 1_048_576 - 1000));
    const { mails } = await arrive({}, { messages: [sampleMessage("y".repeat(200_000), { attachments: [file] })] });
    expect(mails[0]?.parsed.attachments.map(({ filename }) => filename)).toEqual(["conversation.txt"]);
    expect(mails[0]?.parsed.text).toContain(file.url);
  });
});
