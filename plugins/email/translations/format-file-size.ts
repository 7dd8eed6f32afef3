import type { Translations } from "./translations.js";

const kibibyte = 1024;
const mebibyte = 1_048_576;

/** "12 KB", with a no-break space. */
export function formatFileSize(translations: Translations, bytes: number): string {
  return formatSize(translations, bytes).replaceAll(" ", "\u00a0");
}

function formatSize(translations: Translations, bytes: number): string {
  if (bytes < kibibyte) return translations.t("bytes", { count: bytes });
  return bytes < mebibyte
    ? translations.t("kilobytes", { count: Math.ceil(bytes / kibibyte) })
    : translations.t("megabytes", { count: bytes / mebibyte });
}
