/**
 * The marker: by this an answered mail shows where ours begins. The contract with the outgoing template:
 *
 * - the first line of the text part, and the first visible line of the HTML, is `markerLine(language)`, in a paragraph of its own;
 * - everything in the HTML's body, the marker's paragraph included, stands in one element with `class` and `id` of
 *   `markerName`. Programs rewrite names by prefixes ("x_", "m_-12"), hence a name that is found anywhere inside one.
 *
 * A sentence here is never changed, only added to: answers to old mails come for years.
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

/** The marker's line in a language of ours ("de", "pt-BR"); English for others. */
export function markerLine(locale: string): string {
  const language = locale.slice(0, 2).toLowerCase();
  const known = Object.entries(sentences).find(([name]) => name === language);
  return `— ${known?.[1] ?? sentences.en} —`;
}

/** Other help desks' markers: a thread can have passed through one. */
const others = [
  "Please type your reply above this line",
  "Please reply above this line",
  "Reply above this line",
  "Reply above this line to respond",
  "Write your reply above this line",
  "Type your response above this line",
];

/** Rules, emphasis, quote marks and line breaks are the mail programs' to change; the letters are not. */
const letters = (text: string) =>
  text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}]/gu, "");
const known = new Set([...Object.values(sentences), ...others].map(letters));
const longest = Math.max(...[...known].map((sentence) => sentence.length));

/** Whether a line, or some lines that a program made of it, are our marker. */
export function isMarker(...contents: readonly string[]): boolean {
  const joined = contents.join("");
  return joined.length <= longest * 3 && known.has(letters(joined));
}

/** Whether an element's id or class is the marker's. */
export function isMarkerName(names: string): boolean {
  return names.includes(markerName);
}
