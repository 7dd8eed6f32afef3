/** By language: the name of the launcher until the widget, with all its texts, is loaded; and what is said while it cannot be loaded. */
export const labels: Readonly<Record<string, readonly [string, string]>> & { readonly en: readonly [string, string] } =
  {
    ar: ["فتح المحادثة", "غير متاحة الآن"],
    de: ["Chat öffnen", "Nicht erreichbar"],
    en: ["Open the chat", "Not available"],
    es: ["Abrir el chat", "No disponible"],
    fr: ["Ouvrir le chat", "Indisponible"],
    it: ["Apri la chat", "Non disponibile"],
    ja: ["チャットを開く", "接続できません"],
    nl: ["Chat openen", "Niet bereikbaar"],
    pl: ["Otwórz czat", "Niedostępny"],
    pt: ["Abrir o chat", "Indisponível"],
  };
