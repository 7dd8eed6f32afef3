export const schemes = ["light", "dark"] as const;
export type Scheme = (typeof schemes)[number];

/** Style sheets contain no `<`, so they end where it comes next. */
const styles = /<style\b[^<]*/gi;
const preference = /\( ?prefers-color-scheme ?: ?(light|dark) ?\)/gi;

/**
 * An email's HTML as it looks to somebody who prefers a colour scheme, whatever the browser's is: browsers do not let a page choose what a
 * frame without an origin is told. Conditions in style sheets become such as always or never hold.
 */
export function forceScheme(html: string, scheme: Scheme): string {
  const decided = html.replace(styles, (sheet) =>
    sheet.replace(preference, (_, wanted: string) =>
      wanted.toLowerCase() === scheme ? "(min-width:0px)" : "(max-width:0px)",
    ),
  );
  return `${decided}<style>:root{color-scheme:${scheme}!important}</style>`;
}
