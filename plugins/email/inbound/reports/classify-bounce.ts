import type { Failure } from "afterchat/channel";
import { parseStatus } from "./plain-text-bounce.js";

/** The mailbox does not exist, or accepts no mail (RFC 3463; 5.1.10: RFC 7505). */
const hardStatuses = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]);

/** This email, the sender or all emails are temporarily refused: the address may be valid. */
const notAboutAddress =
  /quota|mailbox (?:is )?full|full mailbox|over ?limit|storage|insufficient (?:system|disk)|out of space|too (?:large|big|many)|size (?:limit|exceed)|exceeds? (?:the )?(?:size|maximum)|\bspam\b|spamhaus|junk|unsolicited|black ?list|block ?list|\bblocked\b|\bbanned\b|\brbl\b|dnsbl|reputation|\bpolic(?:y|ies)\b|\bdmarc\b|\bspf\b|\bdkim\b|not authori[sz]ed|authentication required|grey-?list|rate limit|try (?:again )?later|timed? ?out|virus|malware|content (?:rejected|denied)|loop/i;

/** Phrases with which servers say that the mailbox does not exist. */
const unknownMailbox =
  /(?:user|recipient|mailbox|account|address|e-?mail|alias|addressee)(?: (?:account|address|name))?(?:\s{0,10}<?\S{0,100}>?)? (?:is |was |has been |does |could )?(?:unknown|not found|not exist|not be found|not (?:a )?(?:known|valid|listed|recognized|present|available)|invalid|disabled|inactive|deactivated|suspended|no longer|non-?existent|rejected: access denied)|(?:unknown|invalid|bad|nonexistent|no such|unrouteable|undeliverable|illegal) (?:local )?(?:user|recipient|mailbox|address|account|alias|person|e-?mail|destination (?:mailbox|address))|no (?:such |longer )?(?:mailbox|user|account|recipient)|doesn'?t (?:exist|have an? [\w.]{1,60} account)|does not exist|does not have (?:an? )?[\w.]{0,60} ?account|user doesn'?t|not our customer|address (?:rejected|error)|mailbox unavailable|host (?:or domain )?(?:name )?not found|domain (?:name )?(?:not found|does not exist|unknown)|nxdomain|null mx|does not accept (?:e-?)?mail|couldn'?t find (?:any )?host|unknown domain/i;

const maxDetailLength = 300;
const maxTextLength = 10_000;

/**
 * What a bounce says about the address. A specific status is trusted; with a general one (5.0.0, 5.7.1, none) the text
 * decides; it also decides if the status says "unknown user" but the text says "mailbox full".
 */
export function classifyBounce(status: string, text: string): Failure {
  const excerpt = text.slice(0, maxTextLength);
  // The status of the refusing server, if the reporting one only says that the email was refused.
  const statusInText = parseStatus(excerpt);
  const bestStatus = isGeneral(status) && statusInText !== "" ? statusInText : status;
  const detail = oneLine(bestStatus === "" || excerpt.includes(bestStatus) ? excerpt : `${bestStatus} ${excerpt}`);
  const otherReason = notAboutAddress.test(excerpt);
  const unknown = unknownMailbox.test(excerpt);
  if (bestStatus.startsWith("4")) return { code: "UNAVAILABLE", detail, bounce: "soft" };
  if ((hardStatuses.has(bestStatus) && !(otherReason && !unknown)) || (unknown && !otherReason)) {
    return { code: "ADDRESS_INVALID", detail, bounce: "hard" };
  }
  const refused = /^5\.[67]\./.test(bestStatus) || otherReason;
  return { code: refused ? "CONTENT_REJECTED" : "UNKNOWN", detail, bounce: "soft" };
}

function isGeneral(status: string): boolean {
  return status === "" || /^\d\.(?:0\.\d+|\d\.0)$/.test(status);
}

function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim() || "The server did not say why.";
  return line.length > maxDetailLength ? `${line.slice(0, maxDetailLength - 1).toWellFormed()}…` : line;
}
