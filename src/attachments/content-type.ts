import { createReadStream } from "node:fs";
import { fileTypeFromFile } from "file-type";
import { extensionOf } from "./attachment-name.js";

/** What the bytes say a file is; what its sender says of it is not asked. */
export interface SniffedContent {
  readonly contentType: string;
  /** Begins with "#!": a script for the shell of the one who opens it. */
  readonly shebang: boolean;
}

/**
 * The type of a stored file by its content: a known signature, else text/plain for UTF-8 text, else
 * application/octet-stream.
 */
export async function sniffContent(path: string): Promise<SniffedContent> {
  const known = await fileTypeFromFile(path);
  if (known !== undefined) return { contentType: known.mime, shebang: false };
  const text = await readAsText(path);
  if (text === "binary") return { contentType: "application/octet-stream", shebang: false };
  return { contentType: "text/plain", shebang: text === "script" };
}

// Tab, line feed, form feed and carriage return occur in text files; other controls do not.
const binary = /[^\P{Cc}\t\n\f\r]/u;

async function readAsText(path: string): Promise<"binary" | "text" | "script"> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let kind: "text" | "script" | null = null;
  try {
    for await (const chunk of createReadStream(path)) {
      const text = decoder.decode(chunk, { stream: true });
      if (binary.test(text)) return "binary";
      kind ??= text.startsWith("#!") ? "script" : "text";
    }
    decoder.decode();
  } catch (error) {
    if (isNoUtf8(error)) return "binary";
    throw error;
  }
  return kind ?? "text";
}

/** How a fatal decoder says so. */
function isNoUtf8(error: unknown): boolean {
  return (
    typeof error === "object" && error !== null && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA"
  );
}

/** Programs and their installers, by their signature; those that file-type calls by informal names too. */
const refusedTypes = new Set([
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

/** What an operating system runs when it is opened, mail providers refuse most of these too. */
const refusedExtensions = new Set(
  `ade adp apk app appx appxbundle bash bat cmd com command cpl csh deb desktop dll dmg exe gadget hta img inf ins iso isp
  jar jnlp js jse ksh lib lnk mde mjs msc msh msi msix msixbundle msp mst nsh php pif pkg pl ps1 ps1xml psc1 psd1 psm1 py
  pyw rb reg rpm scf scr sct sh shb sys url vb vbe vbs vhd vhdx vxd wsc wsf wsh xll xpi zsh`.split(/\s+/),
);

/** True for executables and scripts, by content or by what the name would make of it once it is saved. */
export function isRefused(content: SniffedContent, name: string): boolean {
  return content.shebang || refusedTypes.has(content.contentType) || refusedExtensions.has(extensionOf(name));
}
