import { trimCharacters } from "../trim-characters.js";
import { languages } from "./languages.js";
import { maxRuleLine } from "./line.js";
import { hasAddress } from "./line-patterns.js";
import { confidential } from "./phrase-patterns.js";

/** Programs and devices that add their name below an email. */
const DEVICE =
  /iphone|ipad|ipod|android|galaxy|samsung|blackberry|windows|outlook|mail|phone|mobil|handy|smartphone|tablet|device|cell|htc|nokia|lumia|xiaomi|redmi|huawei|honor|oneplus|pixel|motorola|xperia|sony|\blg\b|alcatel|oppo|vivo|realme|airmail|mailbox|yahoo|gmx|web\.de|proton|tuta|\bspark\b|\bk-9\b|thunderbird|superhuman|\bhey\b|missive|macbook|\bmac\b|laptop|\bapp\b|handheld|телефон|устройств|смартфон|пошт|почт|мобильн|мобільн|手机|手機|邮箱|郵箱|邮件|スマート|携帯|휴대|스마트|جوال|هاتف|νητό/iu;

/** "my" before the name: then the device need not be a known one. */
const MY = /^(?:my|mein(?:em|er)?|mon|ma|mi|mijn|min|mitt|meu|minha|mio|mia|moj\w*|mojego|мого|моего|моей|je)\s/iu;

interface SentFrom {
  readonly before: string;
  readonly after: string;
}

const sentFrom: readonly SentFrom[] = languages
  .flatMap((row) => row.sentFrom)
  .map((phrase) => {
    const [before = "", after = ""] = phrase.toLowerCase().split("…");
    return { before, after };
  });

/**
 * "Sent from my iPhone", "Get Outlook for iOS", in any language: `certain` when it names a device or program, `likely`
 * when it only says "my". Links and brackets around it are ignored.
 */
export function sentFromKind(content: string): "certain" | "likely" | "no" {
  if (content.length > 200) return "no";
  const shown = content
    .replace(/\[([^\]]{0,80})\]\([^)]{0,120}\)?/g, "$1")
    .replace(/<https?:[^>]{0,200}>|\(?https?:\S{1,200}/gi, "");
  const text = trimCharacters(
    shown,
    (character) => /[\s<([*_~-]/.test(character),
    (character) => /[\s>)\]*_~.!-]/.test(character),
  ).toLowerCase();
  if (text === "" || text.split(" ").length > 14) return "no";
  if (/^(?:\S+ ){1,3}(?:from|via) (?:my |a |the )?(?:iphone|ipad|android|mobile|phone|cell)(?: \w{1,4})?$/.test(text))
    return "certain";
  for (const { before, after } of sentFrom) {
    if (!text.startsWith(before) || !text.endsWith(after) || text.length <= before.length + after.length) continue;
    const rest = text.slice(before.length, text.length - after.length).trim();
    // "my cell, please excuse any typos"
    const named = after === "" ? (rest.split(/[.,;!]/)[0] ?? rest) : rest;
    if (/^(?:e-?)?mail\b(?! for| app)/.test(named) || named.split(" ").length > 8) continue;
    if (DEVICE.test(named)) return "certain";
    if (MY.test(named) && named.split(" ").length <= 5) return "likely";
  }
  return "no";
}

/**
 * A horizontal rule; "--" is the signature delimiter of RFC 3676, with or without the space that some programs strip.
 */
export function ruleKind(content: string): "delimiter" | "rule" | "no" {
  if (content === "--") return "delimiter";
  return /^(?:[-_=*~#–—]{2,}|—|–)$/.test(content) || /^[*_]{1,3}\s?[-_]{3,}\s?[*_]{1,3}$/.test(content) ? "rule" : "no";
}

/** Whether a paragraph is a legal disclaimer or a virus scanner's note. */
export function isDisclaimer(paragraph: string): boolean {
  return (
    confidential.test(paragraph.slice(0, 2000)) && (paragraph.length >= 80 || /avast|avg\b|virus/i.test(paragraph))
  );
}

/** "Unsubscribe: <mailto:…>", in the footer of a mailing list. */
export function isListFooter(first: string): boolean {
  return /^(?:un)?subscribe:? .{0,200}(?:@|https?:)/i.test(first);
}

/**
 * Whether the lines below "--" are a signature: a few, or more with contact data. People also separate paragraphs by
 * hyphens, and write a postscript below them.
 */
export function followsDelimiter(contents: readonly string[]): boolean {
  const lines = contents.filter((content) => content !== "");
  if (/^p\.?\s?s\b/i.test(lines[0] ?? "")) return false;
  if (lines.length <= 6) return lines.every((line) => line.length <= 100 || isDisclaimer(line));
  return lines.length <= maxSignatureLines && lines.some((line) => isContact(line) || isDisclaimer(line));
}

/** Longer text below hyphens is not a signature. */
export const maxSignatureLines = 20;

/**
 * Whether the lines below a rule other than the delimiter are a signature: few and short, beginning like a name, with
 * contact data. "---" between two paragraphs does not begin a signature.
 */
export function looksLikeSignature(contents: readonly string[]): boolean {
  const lines = contents.filter((content) => content !== "");
  const first = lines[0];
  if (first === undefined || lines.length > 10 || lines.some((line) => line.length > 100)) return false;
  const reachable = lines.filter(isContact).length;
  const name = /^[*_]{0,2}\p{L}[^.?!:@]{0,50}$/u.test(first) && first.split(" ").length <= 5;
  return reachable >= 1 && name;
}

function isContact(line: string): boolean {
  if (line.length > maxRuleLine) return false;
  return (
    hasAddress(line) ||
    /https?:|www\.|\+?\(?\d[\d\s()/.-]{6,}\d/i.test(line) ||
    /^(?:tel|fon|phone|mob|fax|тел)/i.test(line)
  );
}
