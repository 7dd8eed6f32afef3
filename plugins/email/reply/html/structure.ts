import { isMarkerName } from "../marker.js";

/**
 * What an element says about its text:
 * - `quote`: it is quoted;
 * - `container`: it is a whole old email with its attribution, and answers may follow the quotes in it;
 * - `rest`: everything from here to the end of the email is old;
 * - `signature`, `marker` (Afterchat's own), or nothing (`text`);
 * - `indented`: it is a quote only if there is an attribution above it.
 */
export type Structure = "quote" | "container" | "rest" | "signature" | "indented" | "marker" | "text";

/**
 * Class names and ids with the email clients that write them. Outlook on the web adds a prefix "x_" with every answer.
 */
const CONTAINERS = new Set([
  "gmail_quote", // Gmail, K-9, Superhuman, Mailspring
  "gmail_quote_container",
  "yahoo_quoted",
  "protonmail_quote",
  "tutanota_quote",
  "zmail_extra", // Zoho
  "moz-forward-container",
  "mail-editor-reference-message-container", // Outlook on phones
  "olk_src_body_section", // Outlook for Mac
  "messagereplysection", // Spark
  "missive_quote",
  "nylas-quote",
  "cm_replymail_content_wrap", // Newton
  "isreplycontent", // NetEase
  "isforwardcontent",
  "ntes-mailmaster-quote",
  "mail_android_quote",
  "history_container", // Mailbird
  "front-blockquote",
  "hey_quote",
  "quote", // GMX and web.de, by the name attribute
]);
const RESTS = new Set([
  "appendonsend", // Outlook on the web
  "divrplyfwdmsg",
  "stopspelling",
  "zwchr", // Zimbra
  "orimsghtmlseperator", // NetEase
  "__headers__",
  "__quoted_text__",
]);
const SIGNATURES = new Set([
  "gmail_signature",
  "gmail_signature_prefix",
  "moz-signature",
  "signature", // Outlook on the web, by the id
  "ms-outlook-mobile-signature",
  "protonmail_signature_block",
  "applemailsignature",
  "yahoo-signature",
  "zmail_signature",
  "composer_signature", // Samsung
  "bloop_sign", // Airmail
]);

/** Outlook's line above an old email: its colour and language vary, its dimensions do not. */
const OUTLOOK_RULE = /border:\s?none;\s?border-top:\s?solid #?\w{3,20} 1\.0pt;\s?padding:\s?3\.0pt 0/i;

/** See `Structure`; decided by the element's name and attributes alone. */
export function structureOf(element: string, attributes: Readonly<Record<string, string>>): Structure {
  if (element !== "blockquote" && hasNoAttributes(attributes)) return "text";
  const { class: classes = "", id = "", name = "", style = "", "data-marker": marker = "" } = attributes;
  if (isMarkerName(classes) || isMarkerName(id)) return "marker";
  const names = `${classes} ${id} ${marker}`.slice(0, 500).toLowerCase().split(/\s+/).map(withoutPrefix);
  if (names.some((word) => SIGNATURES.has(word)) || attributes["data-signatureblock"] !== undefined) {
    // "signature" is a common class name; as an id it is Outlook's.
    if (
      withoutPrefix(id.toLowerCase()) === "signature" ||
      names.some((word) => word !== "signature" && SIGNATURES.has(word))
    )
      return "signature";
  }
  if (names.some((word) => RESTS.has(word)) || OUTLOOK_RULE.test(style.slice(0, 500))) return "rest";
  if (element === "blockquote") return isCited(names, attributes) ? "quote" : "indented";
  if (names.some((word) => word !== "quote" && CONTAINERS.has(word))) return "container";
  return element !== "a" && element !== "input" && CONTAINERS.has(name.toLowerCase()) ? "container" : "text";
}

function hasNoAttributes(attributes: Readonly<Record<string, string>>): boolean {
  for (const _ in attributes) return false;
  return true;
}

function isCited(names: readonly string[], attributes: Readonly<Record<string, string>>): boolean {
  const { type = "", cite, style = "" } = attributes;
  if (type.toLowerCase() === "cite" || cite !== undefined) return true;
  if (names.some((name) => CONTAINERS.has(name) || /^(?:cite\d?|mail-quote|reply-quote)$/.test(name))) return true;
  // Programs without class names draw a quote as a line on the left; an indentation has none.
  return /border-left(?:-width|-style)?:\s?(?!none|0|medium none)/i.test(style.slice(0, 500));
}

/** "x_x_gmail_quote" and "m_-123gmail_quote" are "gmail_quote". */
function withoutPrefix(name: string): string {
  return name
    .replace(/^(?:x_){1,50}/, "")
    .replace(/^m_-?\d{1,30}/, "")
    .replace(/^bloop_sign.{0,80}/, "bloop_sign");
}
