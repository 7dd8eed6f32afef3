import { type ChannelHost, isSameSecret, type RouteHandler } from "afterchat/channel";
import { z } from "zod";
import type { LocalAddresses } from "../inbound/sources/check-recipient.js";
import { refuse } from "../inbound/sources/refuse.js";
import { answerKinds, answerMail, maxAnswerLength } from "./answer/answer-mail.js";
import { forceScheme, schemes } from "./force-scheme.js";
import type { StoredMails } from "./stored-mails.js";
import type { MailWatch } from "./watch-mails.js";

const cookieName = "afterchat_mailbox";
/** As in an email client, and stricter: no scripts, no forms, no links, and nothing is loaded from anywhere. */
const mailPolicy =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

interface DevMailboxRoutes {
  readonly host: ChannelHost;
  readonly local: LocalAddresses;
  readonly mails: StoredMails;
  readonly watch: MailWatch;
  readonly key: string;
  /** The page that shows the emails. */
  readonly address: URL;
}

const posted = {
  key: z.object({ key: z.string().max(1_000).optional() }),
  answer: z.object({
    as: z.enum(answerKinds),
    text: z.string().max(maxAnswerLength, `may have at most ${maxAnswerLength} characters`).default(""),
  }),
};

/**
 * What the page /mailbox reads and does, protected by `key`: the page submits it once and gets a cookie, scripts send
 * `Authorization: Bearer <key>`. The token of an admin's session does in its place.
 *
 * - `POST mailbox` `{ key }`, or `{}` with an admin's token: 204 with the cookie, or 401 or 403.
 * - `GET mailbox.json`: the list; with `Accept: text/event-stream` an event each time that it changes.
 * - `GET mailbox/:id.json`: one email; `GET mailbox/:id/html`: as an email client shows it, for a frame; with `?scheme=dark` or
 *   `light` to somebody who prefers that.
 * - `POST mailbox/:id/answer` `{ as, text? }`: 202 once the answer is stored.
 */
export function devMailboxRoutes(options: DevMailboxRoutes): Readonly<Record<string, RouteHandler>> {
  const { mails, watch, address } = options;
  const guarded =
    (method: "GET" | "POST", answer: RouteHandler): RouteHandler =>
    async (request, parameters) => {
      if (request.method !== method && !(method === "GET" && request.method === "HEAD")) return refuseMethod(method);
      return (await refuseStranger(options, request, submittedKey(request))) ?? answer(request, parameters);
    };

  return {
    mailbox: async (request) => {
      if (request.method === "POST") return open(options, request);
      return new Response(null, { status: 303, headers: { location: address.href } });
    },
    "mailbox.json": guarded("GET", async (request) => {
      if (!request.headers.get("accept")?.startsWith("text/event-stream")) return json(await mails.list());
      const events = await watch.open(request.signal);
      return events === null ? refuse(429, "Too many pages are open: close some.") : stream(events);
    }),
    "mailbox/:mail": guarded("GET", async (_request, { mail: name = "" }) => {
      const mail = name.endsWith(".json") ? await mails.read(name.slice(0, -".json".length)) : null;
      return mail === null ? notFound() : json(mail);
    }),
    "mailbox/:mail/html": guarded("GET", async (request, { mail: id = "" }) => {
      const mail = await mails.read(id);
      if (mail === null) return notFound();
      const asked = new URL(request.url).searchParams.get("scheme");
      const scheme = schemes.find((each) => each === asked);
      return html(scheme === undefined ? mail.html : forceScheme(mail.html, scheme));
    }),
    "mailbox/:mail/answer": guarded("POST", async (request, { mail: id = "" }) => {
      const answer = await readPosted(request, posted.answer);
      if (answer instanceof Response) return answer;
      const mail = await mails.read(id);
      if (mail === null) return notFound();
      const refusal = await answerMail(options, mail, answer);
      return refusal === null ? json({ accepted: true }, 202) : refuse(refusal.status, refusal.message);
    }),
  };
}

/** Gives the cookie for the key. */
async function open(options: DevMailboxRoutes, request: Request): Promise<Response> {
  const given = await readPosted(request, posted.key);
  if (given instanceof Response) return given;
  const refusal = await refuseStranger(options, request, given.key?.trim() ?? null);
  if (refusal !== null) return refusal;
  const { key, address } = options;
  const secure = address.protocol === "https:" ? "; Secure" : "";
  return new Response(null, {
    status: 204,
    headers: {
      "set-cookie": `${cookieName}=${encodeURIComponent(key)}; HttpOnly; SameSite=Strict; Path=/${secure}`,
      "cache-control": "no-store",
    },
  });
}

/** Null for those who have the key, and for admins. */
async function refuseStranger(
  { host, key }: DevMailboxRoutes,
  request: Request,
  submitted: string | null,
): Promise<Response | null> {
  if (submitted !== null && isSameSecret(submitted, key)) return null;
  if (await host.isAdmin(request)) return null;
  return submitted === null ? refuse(401, "The mailbox key is missing.") : refuse(403, "Wrong mailbox key.");
}

/** The body; or why it is refused. Only JSON, which the forms of other websites cannot send. */
async function readPosted<Body>(request: Request, schema: z.ZodType<Body>): Promise<Body | Response> {
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    return refuse(415, "Send JSON, with the content type application/json.");
  }
  const text = await request.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(400, "The body is not JSON.");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return refuse(400, `${issue?.path.join(".") || "The body"}: ${issue?.message ?? "is not valid"}`);
}

function submittedKey(request: Request): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const cookies = (request.headers.get("cookie") ?? "").split(/; */);
  const cookie = cookies.find((pair) => pair.startsWith(`${cookieName}=`));
  return cookie === undefined ? null : cookie.slice(cookieName.length + 1);
}

function refuseMethod(method: "GET" | "POST"): Response {
  const allow = method === "GET" ? "GET, HEAD" : method;
  return new Response(null, { status: 405, headers: { allow } });
}

function notFound(): Response {
  return refuse(404, "There is no such email: only the newest 500 are stored, and erasing a visitor erases theirs.");
}

function json(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}

function stream(events: ReadableStream<Uint8Array>): Response {
  return new Response(events, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // Else nginx waits until there is more.
      "x-accel-buffering": "no",
    },
  });
}

function html(content: string): Response {
  return new Response(content, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": mailPolicy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  });
}
