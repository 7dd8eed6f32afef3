/** Dates, times and addresses as email clients write them. For lines of bounded length. */

const NUMERIC_DATE = /(?<!\d)\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2,4}(?!\d)/;
const YEAR = /(?<!\d)(?:1[34]|19|20|25)\d\d(?!\d)/;
const DAY = /(?<!\d)\d{1,2}(?![\d:])/;
const TIME = /(?<![\d.])\d{1,2}\s?[:.hH時时点點시]\s?\d{2}(?!\d|\.\d)/;
const ADDRESS = /[^\s<>@()"']{1,80}@[^\s<>@()"']{1,80}/;

/** "4.03.2025", "4 March 2025", "2025年3月4日". */
export function hasDate(content: string): boolean {
  return NUMERIC_DATE.test(content) || (YEAR.test(content) && DAY.test(content));
}

/** "9:12", "09.12", "9h12". */
export function hasTime(content: string): boolean {
  return TIME.test(content);
}

/** An email address. */
export function hasAddress(content: string): boolean {
  return content.includes("@") && ADDRESS.test(content);
}

/** "Ana <ana@home.example>", "Ana (<ana@home.example>)", "Ana [mailto:ana@home.example]" at the start. */
export function beginsWithPerson(content: string): boolean {
  return /^["'“«]?[\p{L}\p{N}][^<>@[\]]{0,70}[<[(]/u.test(content);
}

/** "4 March 2025", "tir. 4. mar.", "понедельник, 6 октября": a number at the start, or after one word. */
export function beginsWithDate(content: string): boolean {
  return /^(?:\p{L}[\p{L}-]{0,14}[.,]{0,2}\s)?\(?\d{1,4}(?!\d)/u.test(content);
}
