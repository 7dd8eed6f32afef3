import { isMarkerName } from "../marker.js";

/**
 * What an element says about its words:
 * - `quote`: they are quoted; - `container`: a whole old mail with the line above it, in which answers may stand between quotes;
 * - `rest`: from here to the mail's end everything is old; - `signature`; - `indented`: a quote only if something says so.
 */
export type Structure = "quote" | "container" | "rest" | "signature" | "indented" | "marker" | "words";

/** Class names and ids, by the programs that write them. Outlook on the web prefixes "x_" once per answer. */
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

/** Outlook's line above an old mail: its colour and language change, its measures do not. */
const OUTLOOK_RULE = /border:\s?none;\s?border-top:\s?solid #?\w{3,20} 1\.0pt;\s?padding:\s?3\.0pt 0/i;

/** What an element of the mail says, by its name and attributes alone. */
export function structureOf(element: string, attributes: Readonly<Record<string, string>>): Structure {
  if (element !== "blockquote" && isBare(attributes)) return "words";
  const { class: classes = "", id = "", name = "", style = "", "data-marker": marker = "" } = attributes;
  if (isMarkerName(classes) || isMarkerName(id)) return "marker";
  const names = `${classes} ${id} ${marker}`.slice(0, 500).toLowerCase().split(/\s+/).map(withoutPrefix);
  if (names.some((one) => SIGNATURES.has(one)) || attributes["data-signatureblock"] !== undefined) {
    // "signature" as a class is anybody's word; as an id it is Outlook's.
    if (
      withoutPrefix(id.toLowerCase()) === "signature" ||
      names.some((one) => one !== "signature" && SIGNATURES.has(one))
    )
      return "signature";
  }
  if (names.some((one) => RESTS.has(one)) || OUTLOOK_RULE.test(style.slice(0, 500))) return "rest";
  if (element === "blockquote") return isCited(names, attributes) ? "quote" : "indented";
  if (names.some((one) => one !== "quote" && CONTAINERS.has(one))) return "container";
  return element !== "a" && element !== "input" && CONTAINERS.has(name.toLowerCase()) ? "container" : "words";
}

function isBare(attributes: Readonly<Record<string, string>>): boolean {
  for (const _ in attributes) return false;
  return true;
}

function isCited(names: readonly string[], attributes: Readonly<Record<string, string>>): boolean {
  const { type = "", cite, style = "" } = attributes;
  if (type.toLowerCase() === "cite" || cite !== undefined) return true;
  if (names.some((one) => CONTAINERS.has(one) || /^(?:cite\d?|mail-quote|reply-quote)$/.test(one))) return true;
  // A line down the left is how programs without names draw a quote; an indentation has none.
  return /border-left(?:-width|-style)?:\s?(?!none|0|medium none)/i.test(style.slice(0, 500));
}

/** "x_x_gmail_quote" and "m_-123gmail_quote" are "gmail_quote". */
function withoutPrefix(name: string): string {
  return name
    .replace(/^(?:x_){1,50}/, "")
    .replace(/^m_-?\d{1,30}/, "")
    .replace(/^bloop_sign.{0,80}/, "bloop_sign");
}
