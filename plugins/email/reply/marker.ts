/**
 * The marker shows where Afterchat's email begins within an answer. The contract with the outgoing template:
 *
 * - the first line of the text part, and the first visible line of the HTML, is `markerLine(language)`, in a
 *   paragraph of its own;
 * - everything in the HTML's body, including the marker's paragraph, is inside one element whose `class` and `id` are
 *   `markerName`. Mail programs add prefixes to names ("x_", "m_-12"), so it is searched for anywhere in a name.
 *
 * Never change a sentence here, only add some: answers to old emails arrive for years.
 */
export const markerName = "afterchat-original";

const sentences = {
  en: "Please write your answer above this line",
  de: "Bitte schreiben Sie Ihre Antwort über diese Zeile",
  fr: "Écrivez votre réponse au-dessus de cette ligne",
  es: "Escriba su respuesta por encima de esta línea",
  it: "Scriva la sua risposta sopra questa riga",
  pt: "Escreva a sua resposta acima desta linha",
  nl: "Schrijf uw antwoord boven deze regel",
  pl: "Prosimy o odpowiedź powyżej tej linii",
  ar: "يرجى كتابة ردك فوق هذا السطر",
  ja: "この線より上に返信をご記入ください",
} as const;

/** The marker's line in the language of a locale ("de", "pt-BR"); English for unsupported ones. */
export function markerLine(locale: string): string {
  const language = locale.slice(0, 2).toLowerCase();
  const entry = Object.entries(sentences).find(([name]) => name === language);
  return `— ${entry?.[1] ?? sentences.en} —`;
}

/** Markers of other help desks: a thread may have passed through one. */
const otherMarkers = [
  "Please type your reply above this line",
  "Please reply above this line",
  "Reply above this line",
  "Reply above this line to respond",
  "Write your reply above this line",
  "Type your response above this line",
];

/** Mail programs change rules, emphasis, quote marks and line breaks, but not the letters. */
const lettersOf = (text: string) =>
  text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}]/gu, "");
const markers = new Set([...Object.values(sentences), ...otherMarkers].map(lettersOf));
const maxLength = 3 * Math.max(...[...markers].map((marker) => marker.length));

/** Whether a line, or some lines into which a program wrapped it, are the marker. */
export function isMarker(...contents: readonly string[]): boolean {
  const joined = contents.join("");
  return joined.length <= maxLength && markers.has(lettersOf(joined));
}

/** Whether an element's id or class is the marker's. */
export function isMarkerName(names: string): boolean {
  return names.includes(markerName);
}
