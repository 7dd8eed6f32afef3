import { createReadStream } from "node:fs";
import { fileTypeFromFile } from "file-type";
import { blockedExtensions } from "./blocked-extensions.js";
import { apparentExtension } from "./file-extension.js";

/** What kind of file the bytes are; the type declared by the sender is ignored. */
export interface SniffedContent {
  readonly contentType: string;
  /** Begins with "#!", so a shell would run it as a script. */
  readonly hasShebang: boolean;
}

/**
 * Detects the type of a file by its content: a known signature, otherwise text/plain for UTF-8 text, otherwise
 * application/octet-stream.
 */
export async function sniffContent(path: string): Promise<SniffedContent> {
  const detected = await fileTypeFromFile(path);
  if (detected !== undefined) return { contentType: detected.mime, hasShebang: false };
  const kind = await classifyText(path);
  if (kind === "binary") return { contentType: "application/octet-stream", hasShebang: false };
  return { contentType: "text/plain", hasShebang: kind === "script" };
}

// Tab, line feed, form feed and carriage return occur in text files; other control characters do not.
const binaryPattern = /[^\P{Cc}\t\n\f\r]/u;

async function classifyText(path: string): Promise<"binary" | "text" | "script"> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let kind: "text" | "script" | null = null;
  try {
    for await (const chunk of createReadStream(path)) {
      const text = decoder.decode(chunk, { stream: true });
      if (binaryPattern.test(text)) return "binary";
      kind ??= text.startsWith("#!") ? "script" : "text";
    }
    decoder.decode();
  } catch (error) {
    if (isEncodingError(error)) return "binary";
    throw error;
  }
  return kind ?? "text";
}

/** Thrown by a `fatal` TextDecoder for input that is not UTF-8. */
function isEncodingError(error: unknown): boolean {
  return (
    typeof error === "object" && error !== null && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA"
  );
}

/** Programs, installers and help files that are recognised by their signature, by the media types that file-type returns. */
const blockedTypes = new Set([
  "application/java-archive",
  "application/java-vm",
  "application/vnd.android.package-archive",
  "application/vnd.ms-cab-compressed",
  "application/vnd.ms-htmlhelp",
  "application/wasm",
  "application/x-apple-diskimage",
  "application/x-deb",
  "application/x-elf",
  "application/x-ft-apple.alias",
  "application/x-google-chrome-extension",
  "application/x-iso9660-image",
  "application/x-mach-binary",
  "application/x-ms-regedit",
  "application/x-ms-shortcut",
  "application/x-msdownload",
  "application/x-rpm",
  "application/x-shockwave-flash",
  "application/x-xpinstall",
]);

/** Whether opening it could run code, by its content or by the extension that its name appears to have. */
export function isBlockedFile({ hasShebang, contentType }: SniffedContent, name: string): boolean {
  if (hasShebang || blockedTypes.has(contentType)) return true;
  // Office files with macros, under any name: "application/vnd.ms-word.document.macroenabled.12" and its like.
  return contentType.includes(".macroenabled.") || blockedExtensions.has(apparentExtension(name));
}
