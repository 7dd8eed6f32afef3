import { parse } from "content-disposition";
import type { FileTask } from "./message-content.js";

interface Told {
  readonly disposition: string | null;
  readonly url: URL;
  readonly contentType: string | null;
  readonly kind: FileTask["kind"];
}

const endings: Readonly<Record<string, string>> = {
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

/** Pure: what a fetched file is called: as its server says, else as its link does where that is a name, else by its kind. */
export function fileName({ disposition, url, contentType, kind }: Told): string {
  const said = parse(disposition ?? "").parameters.filename?.trim();
  if (said) return said;
  const last = decode(url.pathname.split("/").at(-1) ?? "");
  // Meta's pictures are called by numbers; files keep the name that they were sent under.
  if (kind === "file" && /^[^/\\]{1,100}\.[a-z0-9]{1,8}$/i.test(last)) return last;
  const ending = endings[contentType ?? ""];
  return ending === undefined ? kind : `${kind}.${ending}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text).trim();
  } catch {
    return text.trim();
  }
}
