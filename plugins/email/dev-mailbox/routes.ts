import { createHash } from "node:crypto";
import { isSameSecret, type RouteHandler } from "afterchat/channel";
import type { DevMailbox } from "./dev-mailbox.js";
import { keyPage, listPage, mailPage, notFoundPage, PAGE_STYLE } from "./pages.js";

const COOKIE = "afterchat_mailbox";
const STYLE_HASH = createHash("sha256").update(PAGE_STYLE).digest("base64");
const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
/** As in an email client: no scripts, no forms, nothing is loaded, and links open a new tab. */
const MAIL_SANDBOX = "allow-popups allow-popups-to-escape-sandbox";
const MAIL_POLICY = `sandbox ${MAIL_SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`;

/**
 * The dev mailbox's pages, protected by `key`: browsers submit it once and get a cookie, scripts send
 * `Authorization: Bearer <key>` and get JSON (`?format=json` or `Accept: application/json`).
 */
export function devMailboxRoutes(
  mailbox: DevMailbox,
  key: string,
  address: URL,
): Readonly<Record<string, RouteHandler>> {
  const guarded =
    (show: RouteHandler): RouteHandler =>
    async (request, parameters) => {
      if (request.method === "POST") return acceptKey(request, key, address);
      if (request.method !== "GET" && request.method !== "HEAD") {
        return new Response(null, { status: 405, headers: { allow: "GET, HEAD, POST" } });
      }
      const submitted = submittedKey(request);
      if (submitted !== null && isSameSecret(submitted, key)) return show(request, parameters);
      if (wantsJson(request)) {
        return submitted === null
          ? json({ error: "The mailbox key is missing" }, 401)
          : json({ error: "Wrong mailbox key" }, 403);
      }
      return submitted === null ? page(keyPage("ask"), 401) : page(keyPage("wrong"), 403);
    };

  return {
    mailbox: guarded(async (request) => {
      const mails = await mailbox.list();
      return wantsJson(request) ? json({ mails }, 200) : page(listPage(mails), 200);
    }),
    "mailbox/:mail": guarded(async (request, { mail: id = "" }) => {
      const mail = await mailbox.read(id);
      if (wantsJson(request)) return mail ? json(mail, 200) : json({ error: "Email not found" }, 404);
      return mail ? page(mailPage(mail, MAIL_SANDBOX), 200) : page(notFoundPage(), 404);
    }),
    "mailbox/:mail/html": guarded(async (_request, { mail: id = "" }) => {
      const mail = await mailbox.read(id);
      return mail ? html(mail.html, 200, MAIL_POLICY) : json({ error: "Email not found" }, 404);
    }),
  };
}

async function acceptKey(request: Request, key: string, address: URL): Promise<Response> {
  const submitted = new URLSearchParams(await request.text()).get("key")?.trim() ?? "";
  if (!isSameSecret(submitted, key)) return page(keyPage("wrong"), 403);
  const secure = address.protocol === "https:" ? "; Secure" : "";
  return new Response(null, {
    status: 303,
    headers: {
      // Relative, in case a proxy has removed a path prefix.
      location: `./${new URL(request.url).pathname.split("/").at(-1)}`,
      "set-cookie": `${COOKIE}=${encodeURIComponent(key)}; HttpOnly; SameSite=Strict; Path=/${secure}`,
      "cache-control": "no-store",
    },
  });
}

function submittedKey(request: Request): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const cookies = (request.headers.get("cookie") ?? "").split(/; */);
  const cookie = cookies.find((pair) => pair.startsWith(`${COOKIE}=`));
  return cookie === undefined ? null : cookie.slice(COOKIE.length + 1);
}

function wantsJson(request: Request): boolean {
  const accepts = request.headers.get("accept") ?? "";
  return new URL(request.url).searchParams.get("format") === "json" || accepts.startsWith("application/json");
}

function json(value: unknown, status: number): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}

function page(content: string, status: number): Response {
  return html(content, status, PAGE_POLICY);
}

function html(content: string, status: number, policy: string): Response {
  return new Response(content, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  });
}
