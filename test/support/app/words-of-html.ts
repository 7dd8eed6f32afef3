const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/** The words of an email's HTML as a mail program shows it, each link followed by where it leads, as plain text has it. */
export function wordsOfHtml(html: string): readonly string[] {
  const shown = html
    .replace(/<head>.*?<\/head>|<!--.*?-->|&nbsp;/gs, " ")
    .replace(/<a\b[^>]*?\bhref="([^"]*)"[^>]*>(.*?)<\/a>/gs, "$2 $1 ")
    .replace(/<[^>]*>/g, " ");
  return words(shown.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? ""));
}

export function words(text: string): readonly string[] {
  return text.split(/\s+/u).filter((word) => word !== "");
}
