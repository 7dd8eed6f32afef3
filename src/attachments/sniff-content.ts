import { createReadStream } from "node:fs";
import { fileTypeFromFile } from "file-type";
import { extensionOf } from "./sanitize-file-name.js";

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

/** Programs and installers that are recognised by their signature, by the media types that file-type returns. */
const blockedTypes = new Set([
  "application/java-archive",
  "application/java-vm",
  "application/vnd.android.package-archive",
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

/** Files that an operating system runs when they are opened. Mail providers reject most of these too. */
const blockedExtensions = new Set(
  `ade adp apk app appx appxbundle bash bat cmd com command cpl csh deb desktop dll dmg exe gadget hta img inf ins iso isp
  jar jnlp js jse ksh lib lnk mde mjs msc msh msi msix msixbundle msp mst nsh php pif pkg pl ps1 ps1xml psc1 psd1 psm1 py
  pyw rb reg rpm scf scr sct sh shb sys url vb vbe vbs vhd vhdx vxd wsc wsf wsh xll xpi zsh`.split(/\s+/),
);

/** Whether it is a program or script, by its content or by its file extension. */
export function isBlockedFile(content: SniffedContent, name: string): boolean {
  return content.hasShebang || blockedTypes.has(content.contentType) || blockedExtensions.has(extensionOf(name));
}
