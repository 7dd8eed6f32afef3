import { createHash, randomUUID } from "node:crypto";
import type { ChannelHost, RouteHandler } from "afterchat/channel";
import { chooseLanguage } from "../translations/choose-language.js";
import { parseAcceptLanguage } from "../translations/parse-accept-language.js";
import { translationsFor } from "../translations/translations.js";
import { choices, UNSUBSCRIBE_STYLE, unknownLinkPage, unsubscribePage } from "./unsubscribe-page.js";

const STYLE_HASH = createHash("sha256").update(UNSUBSCRIBE_STYLE).digest("base64");
const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/**
 * `/unsubscribe/:token`, where the token is `host.sign("unsubscribe", conversationId)`. Anyone who has the email may
 * use it, without a login or cookie. GET only shows the page, because mail scanners open every link; POST changes the
 * state: either one-click unsubscribe by an email client (RFC 8058: for this conversation, without a redirect), or a
 * button of the page.
 */
export function unsubscribeRoutes(
  host: Pick<ChannelHost, "verify" | "findOptOut" | "receive" | "now" | "company">,
): Readonly<Record<string, RouteHandler>> {
  const { name: company, locale: companyLocale } = host.company;

  const change = (conversationId: string, choice: keyof typeof choices): Promise<void> =>
    // Idempotent, so every request may be a new event.
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
      // The language of the email; for an unknown visitor, that of the browser.
      const locale = state?.locale ?? parseAcceptLanguage(request.headers.get("accept-language"));
      const translations = translationsFor(chooseLanguage(locale, companyLocale).language);
      if (conversationId === null || state === null) return page(unknownLinkPage(company, translations), 404);
      if (request.method !== "POST" || state.erased) return page(unsubscribePage(state, company, translations), 200);

      const form = await readForm(request);
      if (form?.get("List-Unsubscribe") === "One-Click") {
        await change(conversationId, "stop");
        return page(unsubscribePage({ ...state, conversation: true }, company, translations), 200);
      }
      const choice = form?.get("choice");
      if (!isChoice(choice)) return page(unsubscribePage(state, company, translations, "unclear"), 400);
      await change(conversationId, choice);
      // Redirects to a GET, so that a reload does not repeat the POST. Relative, in case a proxy has removed a path
      // prefix.
      const location = new URL(request.url).pathname.endsWith("/") ? "./" : `./${token}`;
      return new Response(null, { status: 303, headers: { location, "cache-control": "no-store" } });
    },
  };
}

function isChoice(value: unknown): value is keyof typeof choices {
  return typeof value === "string" && Object.hasOwn(choices, value);
}

/**
 * RFC 8058, section 3.2: email clients post multipart/form-data or application/x-www-form-urlencoded. Null: neither.
 */
async function readForm(request: Request): Promise<FormData | null> {
  try {
    return await request.formData();
  } catch {
    // Not a form, or a malformed one: the page is shown again.
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
