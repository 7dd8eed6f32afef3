import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { blockedExtensions } from "../../src/attachments/blocked-extensions.js";
import { contentDisposition } from "../../src/attachments/content-disposition.js";
import { apparentExtension } from "../../src/attachments/file-extension.js";
import { sanitizeFileName } from "../../src/attachments/sanitize-file-name.js";
import { isBlockedFile } from "../../src/attachments/sniff-content.js";

const text = { contentType: "text/plain", hasShebang: false };
const isBlocked = (received: string) => isBlockedFile(text, sanitizeFileName(received));

describe("the apparent extension of a file name", () => {
  test.each([
    ["invoice.pdf", "pdf"],
    ["archive.tar.gz", "gz"],
    ["README", ""],
    ["", ""],
    ["...", ""],
    ["a.ｂａｔ", "bat"],
    ["a．ｂａｔ", "bat"],
    ["a․bat", "bat"],
    ["a…bat", "bat"],
    ["a.BAT", "bat"],
    ["a.ＢＡＴ", "bat"],
    ["a.𝐛𝐚𝐭", "bat"],
    ["a.ⓑⓐⓣ", "bat"],
    ["a.bát", "bat"],
    ["a.İnf", "inf"],
    ["a.\u212aｓｈ", "ksh"],
    ["a.b\u0430t", "bat"],
    ["a.\u0435\u0445\u0435", "exe"],
    ["a.l\u03bfcal", "local"],
    ["a.bat. . .", "bat"],
    ["a.bat\u3000\u00a0.", "bat"],
    ["a.bat\u2800", "bat"],
    ["a.bat\u3164", "bat"],
    ["a.ba\u200bt", "bat"],
    ["a.b\u200c\u200da\ufe0ft", "bat"],
    ["a.b\u00ada\u2060t\u{e0061}", "bat"],
    ["a.bat\u0000", "bat"],
    ["a\u202etxt.bat", "bat"],
    ["a. bat", "bat"],
  ])("%j → %j", (name, extension) => {
    expect(apparentExtension(name)).toBe(extension);
  });

  test("takes time in proportion to the name's length", () => {
    const measure = (length: number) => {
      const name = `${" .".repeat(length)}x${". ".repeat(length)}`;
      const start = process.hrtime.bigint();
      for (let round = 0; round < 5; round += 1) apparentExtension(name);
      return Number(process.hrtime.bigint() - start);
    };
    measure(20_000);
    // Sixteen times the input; quadratic code would take 256 times as long.
    expect(measure(320_000) / measure(20_000)).toBeLessThan(64);
  });
});

describe("a file whose name can make it run", () => {
  test.each([
    ...["a.chm", "a.diagcab", "a.settingcontent-ms", "a.library-ms", "a.appref-ms", "a.application", "a.iqy"],
    ...["a.xlam", "a.docm", "a.xlsm", "a.pptm", "a.dotm", "a.ppam", "a.xlsb", "a.slk", "a.one", "a.accdb"],
    ...["a.url", "a.website", "a.webloc", "a.desktop", "a.searchconnector-ms", "a.rdp", "a.scf"],
    ...["a.msix", "a.appinstaller", "a.mpkg", "a.apk", "a.ipa", "a.deb", "a.AppImage", "a.cab"],
    ...["a.ps1", "a.vbs", "a.hta", "a.wsf", "a.py", "a.fish", "a.applescript", "a.terminal", "a.workflow"],
    ...["a.iso", "a.vhdx", "a.dmg", "a.mht", "a.hlp", "a.reg", "a.mobileconfig", "a.themepack", "a.xll", "a.swf"],
    ...[
      "photo.jpg.exe",
      "photo.jpg                                        .exe",
      "a.txt\u0000.bat",
      "invoice\u202efdp.exe",
    ],
    ...[
      "a.ｂａｔ",
      "a．ｂａｔ",
      "a.EXE",
      "a.ExE. . ",
      "a.exe ",
      "a.exe\u3000",
      "a.\u0435\u0445\u0435",
      "a.bát",
      "..\\a.cmd",
    ],
    // Cut to 200 bytes, this one would end in ".bat.".
    `${"x".repeat(195)}.bat.${"y".repeat(30)}`,
    `${"x".repeat(196)}.bat${"y".repeat(30)}.bat`,
  ])("is refused: %j", (name) => {
    expect(isBlocked(name)).toBe(true);
  });

  test.each([
    ...["invoice.pdf", "photo.jpeg", "請求書（最新）.pdf", "Übersicht.docx", "table.xlsx", "slides.pptx", "letter.doc"],
    ...[
      "notes.txt",
      "data.csv",
      "data.xml",
      "page.html",
      "mail.eml",
      "archive.zip",
      "cert.pem",
      "movie.mp4",
      "report.exe.pdf",
    ],
    ...["README", "v1.2", "فایل\u200cها.pdf", "👩\u200d🚀.png", "Zürich.heic", "чертёж.dwg", "σχέδιο.odt"],
  ])("is not any other: %j", (name) => {
    expect(isBlocked(name)).toBe(false);
  });

  test("is refused by its content under any name", () => {
    for (const contentType of [
      "application/vnd.ms-word.document.macroenabled.12",
      "application/vnd.ms-excel.sheet.macroenabled.12",
      "application/vnd.ms-htmlhelp",
      "application/vnd.ms-cab-compressed",
    ]) {
      expect(isBlockedFile({ contentType, hasShebang: false }, "invoice.pdf")).toBe(true);
    }
  });

  test("stays refused in any case, width, accent, and with anything invisible in it or behind it", () => {
    const wide = (letter: string) =>
      /[!-~]/.test(letter) ? String.fromCodePoint(letter.charCodeAt(0) + 0xfee0) : letter;
    const disguise = fc.constantFrom(
      (letter: string) => letter.toUpperCase(),
      wide,
      (letter: string) => `${letter}\u200b`,
      (letter: string) => `${letter}\u202e`,
      (letter: string) => `${letter}\u0301`,
      (letter: string) => `\ufe0f${letter}`,
    );
    const end = fc.constantFrom("", ".", " ", ". .", "\u3000", "\u00a0.", "\u2800", "\u0000");
    fc.assert(
      fc.property(
        fc.constantFrom(...blockedExtensions),
        fc.array(disguise, { minLength: 1, maxLength: 20 }),
        fc.string({ unit: "binary", maxLength: 250 }),
        end,
        (extension, disguises, stem, tail) => {
          const letters = [...extension].map(
            (letter, index) => disguises[index % disguises.length]?.(letter) ?? letter,
          );
          const name = sanitizeFileName(`a${stem}.${letters.join("")}${tail}`);
          // A long extension with much in it may be cut off with the end of a long name.
          const isCut = Buffer.byteLength(name) > 150;
          expect(isCut || isBlockedFile(text, name)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("is no accepted file's ASCII approximation, which old clients save it under", () => {
    const letter = fc.constantFrom(..."bатạｔexė.． \u0301\u2024日é／".split(""));
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 8 }), (letters) => {
        const name = sanitizeFileName(`a${letters.join("")}`);
        if (isBlockedFile(text, name)) return;
        const [, plain = ""] = /filename="?(.*?)"?(;|$)/.exec(contentDisposition(name)) ?? [];
        expect(plain).not.toContain("/");
        const extension = apparentExtension(plain);
        // An unknown letter becomes "_", and "ex_" is a packed program.
        expect(extension.endsWith("_") || !blockedExtensions.has(extension)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
