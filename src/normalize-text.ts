/**
 * Normalises a text of any origin. Characters have at most 30 combining marks (UAX #15, "Stream-Safe Text Format");
 * further ones are removed, because ICU takes quadratic time to order them: seconds for 20,000.
 */
export function normalizeText(text: string, form: "NFC" | "NFKD"): string {
  return text.replace(/(\p{M}{30})\p{M}+/gu, "$1").normalize(form);
}
