import { createHash, randomUUID } from "node:crypto";
import type { ChannelHost, RouteHandler } from "afterchat/channel";
import { chooseLanguage } from "../translations/choose-language.js";
import { acceptedLocale } from "../translations/parse-accept-language.js";
import { translationsOf } from "../translations/translations.js";
import { choices, UNSUBSCRIBE_STYLE, unknownLinkPage, unsubscribePage } from "./unsubscribe-page.js";

const STYLE_HASH = createHash("sha256").update(UNSUBSCRIBE_STYLE).digest("base64");
const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/**
 * `/unsubscribe/:token`, the token being `host.sign("unsubscribe", conversationId)`: whoever has the email may use it,
 * without a login or a cookie. GET only shows, because scanners open every link of a mail; POST does: one-click of a mail
 * program (RFC 8058: stops this conversation's emails, answered without a redirect), or a button of the page.
 */
export function unsubscribeRoutes(
  host: Pick<ChannelHost, "verify" | "findOptOut" | "receive" | "now" | "company">,
): Readonly<Record<string, RouteHandler>> {
  const { name: company, locale: companyLocale } = host.company;

  const change = (conversationId: string, choice: keyof typeof choices): Promise<void> =>
    // Said again it changes nothing, so each saying is an event of its own.
    host.receive([
      {
        type: "opted-out",
        externalId: `unsubscribe:${randomUUID()}`,
        at: host.now(),
        conversationId,
        ...choices[choice],
      },
    ]);

  return {
    "unsubscribe/:token": async (request, { token = "" }) => {
      const conversationId = host.verify("unsubscribe", token);
      const state = conversationId === null ? null : await host.findOptOut(conversationId);
      // As the mail had it; who is not known says it by their browser.
      const locale = state?.locale ?? acceptedLocale(request.headers.get("accept-language"));
      const words = translationsOf(chooseLanguage(locale, companyLocale).language);
      if (conversationId === null || state === null) return page(unknownLinkPage(company, words), 404);
      if (request.method !== "POST" || state.erased) return page(unsubscribePage(state, company, words), 200);

      const form = await readForm(request);
      if (form?.get("List-Unsubscribe") === "One-Click") {
        await change(conversationId, "stop");
        return page(unsubscribePage({ ...state, conversation: true }, company, words), 200);
      }
      const choice = form?.get("choice");
      if (!isChoice(choice)) return page(unsubscribePage(state, company, words, "unclear"), 400);
      await change(conversationId, choice);
      // Shown by a GET, so that a reload sends nothing again. Relative: a proxy may have taken part of the path away.
      const location = new URL(request.url).pathname.endsWith("/") ? "./" : `./${token}`;
      return new Response(null, { status: 303, headers: { location, "cache-control": "no-store" } });
    },
  };
}

function isChoice(given: unknown): given is keyof typeof choices {
  return typeof given === "string" && Object.hasOwn(choices, given);
}

/** RFC 8058, section 3.2: a mail program posts multipart/form-data or application/x-www-form-urlencoded. Null: neither. */
async function readForm(request: Request): Promise<FormData | null> {
  try {
    return await request.formData();
  } catch {
    // Not a form, or a damaged one: the page asks what was meant.
    return null;
  }
}

function page(content: string, status: number): Response {
  return new Response(content, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": PAGE_POLICY,
      "x-content-type-options": "nosniff",
      "x-robots-tag": "noindex, nofollow",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      vary: "accept-language",
    },
  });
}
