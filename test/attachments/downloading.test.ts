import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { attachmentUrl, verifyAttachmentToken } from "../../src/attachments/attachment-url.js";
import { contentDisposition } from "../../src/attachments/content-disposition.js";
import { sanitizeFileName } from "../../src/attachments/sanitize-file-name.js";
import { type StartedConversation, TestContext } from "../support/app/test-context.js";
import { png, post, refused, send, storedFiles, type UploadedFile, upload } from "../support/app/upload.js";

let context: TestContext;
let ana: StartedConversation;

beforeAll(async () => {
  context = await TestContext.setup({}, { agent: "offline" });
  ana = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
});

afterAll(() => context.teardown());

async function sent(file: UploadedFile): Promise<{ id: string; url: string; name: string }> {
  const { id } = await upload(ana.client, file);
  const message = await send(ana.client, { conversationId: ana.conversationId, text: "", attachmentIds: [id] });
  return message.attachments[0];
}

describe("A download", () => {
  test("returns the uploaded file, to be saved and never rendered", async () => {
    const { url } = await sent({ content: png, name: "bike.png" });
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(png);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/png",
      "content-length": String(png.length),
      "content-disposition": "attachment; filename=bike.png",
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "cache-control": "private, max-age=3600",
      "access-control-allow-origin": "*",
    });
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(png.length)]);
  });

  test.each([
    ["<html><script>alert(1)</script></html>", "page.html", "text/plain"],
    ['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "logo.svg", "text/plain"],
    ['<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "logo.svg", "application/xml"],
  ])("of %s is not rendered as a page of Afterchat's origin", async (content, name, type) => {
    const { url } = await sent({ content, name, type: "text/html" });
    const { headers } = await fetch(url);
    expect(headers.get("content-type")).toBe(type);
    expect(headers.get("content-disposition")).toBe(`attachment; filename=${name}`);
    expect(headers.get("content-security-policy")).toContain("sandbox");
  });

  test("by a URL that is forged, for another attachment, or older than an hour is refused with an explanation", async () => {
    const { url } = await sent({ content: "Notes" });
    await context.app.advance(1);
    const { url: other } = await sent({ content: "Others" });
    const [token = "", expires = ""] = (url.split("/").at(-1) ?? "").split("-");
    const [otherToken = ""] = (other.split("/").at(-1) ?? "").split("-");
    for (const forged of [
      `${token.slice(0, -1)}${token.endsWith("a") ? "b" : "a"}-${expires}`,
      `${token}-${(Number.parseInt(expires, 36) + 1).toString(36)}`,
      token,
      "..%2f..%2fapp-secret",
      "%00",
      `${otherToken}-${expires}`,
    ]) {
      const answer = await refused(fetch(`${context.app.url}/attachments/${forged}`));
      expect([forged, answer.status, answer.message]).toEqual([
        forged,
        403,
        expect.stringMatching(/open the conversation again/),
      ]);
    }
    await context.app.advance(3_590);
    expect((await fetch(url)).status).toBe(200);
    await context.app.advance(11);
    expect(await refused(fetch(url))).toEqual({
      status: 403,
      message: "This link has expired: open the conversation again for a new one.",
    });
  });

  test("by the URL in an email works for 30 days, also when signed with an old secret", async () => {
    const { id } = await sent({ content: "Notes" });
    const { services } = context.app;
    const rotated = {
      ...services,
      config: { ...services.config, appSecrets: ["an older secret that signed before this one"] },
    };
    const days = 24 * 3_600_000;
    const url = attachmentUrl(services, id, 30 * days);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(attachmentUrl(rotated, id, 30 * days))).status).toBe(403);
    const rotating = {
      ...rotated,
      config: { ...rotated.config, appSecrets: ["a newer one", ...rotated.config.appSecrets] },
    };
    const token =
      attachmentUrl(rotated, id, 30 * days)
        .split("/")
        .at(-1) ?? "";
    expect(verifyAttachmentToken(rotating, token)).toEqual({ attachmentId: id });
  });

  test("of a file that is missing on the disk is 404", async () => {
    const { id, url } = await sent({ content: "Notes" });
    await rm(join(context.app.directory, "attachments", id));
    expect((await refused(fetch(url))).status).toBe(404);
  });
});

describe("The type of a file", () => {
  test.each([
    [png, "holiday.txt", "text/plain", "image/png"],
    ["%PDF-1.7\n%âãÏÓ\n", "invoice.pdf", "text/html", "application/pdf"],
    ["Just words, with Umläute", "notes.png", "image/png", "text/plain"],
    [Uint8Array.from([0, 1, 2, 3, 250, 251]), "data.txt", "text/plain", "application/octet-stream"],
    [Uint8Array.from([72, 228, 104]), "latin1.txt", "text/plain", "application/octet-stream"],
    [`${"a".repeat(65_535)}ä and on`, "split.txt", "text/plain", "text/plain"],
  ])(
    "%# is detected from its content, regardless of its name and declared type",
    async (content, name, declared, contentType) => {
      expect(await upload(ana.client, { content, name, type: declared })).toMatchObject({ contentType, name });
    },
  );

  test.each([
    ["MZ\u0090\u0000", "invoice.pdf"],
    ["\u007fELF\u0002\u0001\u0001", "song.mp3"],
    ["#!/bin/sh\nrm -rf ~\n", "notes.txt"],
    ["alert(1)", "invoice.pdf.js"],
    ["@echo off", "run.BAT"],
    ["@echo off", "run.bat. . "],
    ["Set x = 1", "..\\..\\start.vbs"],
  ])("%# that is executable is refused", async (content, name) => {
    const before = await storedFiles(context.app);
    const latin = Uint8Array.from(Buffer.from(content, "latin1"));
    const answer = await refused(post(ana.client, { content: latin, name, type: "image/png" }));
    expect(answer).toEqual({ status: 415, message: expect.stringMatching(/Programs and scripts cannot be sent/) });
    expect(await storedFiles(context.app)).toEqual(before);
  });

  test("is detected for arbitrary content without an error", async () => {
    const { sniffContent } = await import("../../src/attachments/sniff-content.js");
    const { writeFile } = await import("node:fs/promises");
    const path = join(context.app.directory, "any");
    const magic = [
      "PK\u0003\u0004",
      "\u0089PNG\r\n\u001a\n",
      "OggS",
      "RIFF",
      "ftyp",
      "0&\u00b2u\u008ef\u00cf\u0011",
      "ID3",
      "II*\u0000",
      "<?xml",
      "{\\rtf",
    ];
    const bytes = fc
      .tuple(fc.constantFrom(...magic, ""), fc.uint8Array({ maxLength: 600 }))
      .map(([start, rest]) => Buffer.concat([Buffer.from(start, "latin1"), rest]));
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        await writeFile(path, content);
        expect((await sniffContent(path)).contentType).toMatch(/^[a-z]+\/[\w.+-]+/);
      }),
      { numRuns: 150 },
    );
  });
});

describe("The name of a file", () => {
  test.each([
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\ana\\bike.png", "bike.png"],
    ["bike\u0000.png\r\nSet-Cookie: a=b", "bike.pngSet-Cookie_ a=b"],
    ["invoice\u202efdp.txt", "invoicefdp.txt"],
    ["  .htaccess  ", "htaccess"],
    ["...", "file"],
    ["", "file"],
    ["CON.txt", "_CON.txt"],
    ['a<b>"c"|d?*.txt', "a_b__c__d__.txt"],
    ["Rechnung für Müller.txt", "Rechnung für Müller.txt"],
    ["請求書.txt", "請求書.txt"],
    [`${"長".repeat(300)}.txt`, `${"長".repeat(65)}.txt`],
  ])("%j becomes %j", async (given, name) => {
    expect(sanitizeFileName(given)).toBe(name);
    // A form encodes these differently.
    if (/\p{Cc}|"/u.test(given) || given === "") return;
    expect(await upload(ana.client, { content: "x", name: given })).toMatchObject({ name });
  });

  test("is valid on every file system after sanitizing, which is idempotent", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (given) => {
        const name = sanitizeFileName(given);
        expect(name).toMatch(/^[^\p{Cc}\p{Cs}/\\<>:"|?*]+$/u);
        expect(name).not.toMatch(/^[\s.]|[\s.]$/u);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
        expect(sanitizeFileName(name)).toBe(name);
      }),
    );
  });

  test("reaches the browser unchanged (RFC 6266, RFC 8187)", async () => {
    const { url } = await sent({ content: "x", name: "Zürich 100% (neu) 🚲.txt" });
    expect((await fetch(url)).headers.get("content-disposition")).toBe(
      "attachment; filename=\"Zurich 100_ (neu) _.txt\"; filename*=UTF-8''Z%C3%BCrich%20100%25%20%28neu%29%20%F0%9F%9A%B2.txt",
    );
  });

  test("results in one valid header for any input", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (given) => {
        const name = sanitizeFileName(given);
        const header = contentDisposition(name);
        // Without quotation marks when the name is a token.
        expect(header).toMatch(
          /^attachment; filename=("[\x20-\x7e]+"|[\w!#$&'*+.^`|~-]+)(; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?$/,
        );
        const [, extended] = /filename\*=UTF-8''(.*)$/.exec(header) ?? [];
        const [, plain] = /filename="?(.*?)"?$/.exec(header) ?? [];
        expect(extended === undefined ? plain : decodeURIComponent(extended)).toBe(name);
      }),
      { examples: [["\u0301"]] },
    );
  });
});
