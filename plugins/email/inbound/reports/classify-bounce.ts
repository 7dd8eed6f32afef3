import type { Failure } from "afterchat/channel";
import { statusIn } from "./plain-text-bounce.js";

/** The mailbox does not exist, or takes no mail (RFC 3463; 5.1.10: RFC 7505). */
const hardStatuses = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]);

/** What is refused is this mail, or us, or all mails for now: the address may be a good one. */
const refusedForNow =
  /quota|mailbox (?:is )?full|full mailbox|over ?limit|storage|insufficient (?:system|disk)|out of space|too (?:large|big|many)|size (?:limit|exceed)|exceeds? (?:the )?(?:size|maximum)|\bspam\b|spamhaus|junk|unsolicited|black ?list|block ?list|\bblocked\b|\bbanned\b|\brbl\b|dnsbl|reputation|\bpolic(?:y|ies)\b|\bdmarc\b|\bspf\b|\bdkim\b|not authori[sz]ed|authentication required|grey-?list|rate limit|try (?:again )?later|timed? ?out|virus|malware|content (?:rejected|denied)|loop/i;

/** In many servers' own words. */
const unknownMailbox =
  /(?:user|recipient|mailbox|account|address|e-?mail|alias|addressee)(?: (?:account|address|name))?(?:\s*<?\S{0,100}>?)? (?:is |was |has been |does |could )?(?:unknown|not found|not exist|not be found|not (?:a )?(?:known|valid|listed|recognized|present|available)|invalid|disabled|inactive|deactivated|suspended|no longer|non-?existent|rejected: access denied)|(?:unknown|invalid|bad|nonexistent|no such|unrouteable|undeliverable|illegal) (?:local )?(?:user|recipient|mailbox|address|account|alias|person|e-?mail|destination (?:mailbox|address))|no (?:such |longer )?(?:mailbox|user|account|recipient)|doesn'?t (?:exist|have an? [\w.]{1,60} account)|does not exist|does not have (?:an? )?[\w.]{0,60} ?account|user doesn'?t|not our customer|address (?:rejected|error)|mailbox unavailable|host (?:or domain )?(?:name )?not found|domain (?:name )?(?:not found|does not exist|unknown)|nxdomain|null mx|does not accept (?:e-?)?mail|couldn'?t find (?:any )?host|unknown domain/i;

const maxDetail = 300;
const maxWords = 10_000;

/**
 * What a mail that came back says of its address. The status is believed where it is precise; general ones (5.0.0, 5.7.1,
 * none) are decided by the words, and so is what says "unknown user" by its status and "mailbox full" in words.
 */
export function classifyBounce(status: string, words: string): Failure {
  const said = words.slice(0, maxWords);
  // The refusing server's own status, where the reporting one only says that it was refused.
  const own = statusIn(said);
  const precise = isGeneral(status) && own !== "" ? own : status;
  const detail = oneLine(precise === "" || said.includes(precise) ? said : `${precise} ${said}`);
  const forNow = refusedForNow.test(said);
  const unknown = unknownMailbox.test(said);
  if (precise.startsWith("4")) return { code: "UNAVAILABLE", detail, bounce: "soft" };
  if ((hardStatuses.has(precise) && !(forNow && !unknown)) || (unknown && !forNow)) {
    return { code: "ADDRESS_INVALID", detail, bounce: "hard" };
  }
  const refused = /^5\.[67]\./.test(precise) || forNow;
  return { code: refused ? "CONTENT_REJECTED" : "UNKNOWN", detail, bounce: "soft" };
}

function isGeneral(status: string): boolean {
  return status === "" || /^\d\.(?:0\.\d+|\d\.0)$/.test(status);
}

function oneLine(words: string): string {
  const line = words.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim() || "The server did not say why.";
  return line.length > maxDetail ? `${line.slice(0, maxDetail - 1).toWellFormed()}…` : line;
}
