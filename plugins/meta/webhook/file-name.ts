import { parse } from "content-disposition";
import type { FileTask } from "./message-content.js";

interface FileDetails {
  /** The header Content-Disposition. */
  readonly disposition: string | null;
  readonly url: URL;
  readonly contentType: string | null;
  readonly kind: FileTask["kind"];
}

const extensions: Readonly<Record<string, string>> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/gif": "gif",
  "image/webp": "webp",
  "audio/mpeg": "mp3",
  "audio/mp4": "m4a",
  "audio/aac": "aac",
  "audio/ogg": "ogg",
  "video/mp4": "mp4",
  "application/pdf": "pdf",
};

/** Pure: a fetched file's name: from the server's header, else from the link if it contains one, else from its kind. */
export function fileName({ disposition, url, contentType, kind }: FileDetails): string {
  const declared = parse(disposition ?? "").parameters.filename?.trim();
  if (declared) return declared;
  const last = decode(url.pathname.split("/").at(-1) ?? "");
  // The links of images contain only numbers; those of files contain the name with which they were sent.
  if (kind === "file" && /^[^/\\]{1,100}\.[a-z0-9]{1,8}$/i.test(last)) return last;
  const extension = extensions[contentType ?? ""];
  return extension === undefined ? kind : `${kind}.${extension}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text).trim();
  } catch {
    return text.trim();
  }
}
