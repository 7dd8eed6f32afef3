import { Eta } from "eta";
import { formatFileSize } from "../translations/format-file-size.js";
import { translationsFor } from "../translations/translations.js";
import type { MailSummary, StoredMail } from "./dev-mailbox.js";

export const PAGE_STYLE = `
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--line:#e3e6ea;--text:#1d2630;--quiet:#5f6b78;--accent:#0b5cad;--alarm:#b3261e}
@media (prefers-color-scheme:dark){:root{--page:#14171b;--card:#1d2126;--line:#30363d;--text:#e6e9ec;--quiet:#9aa5b1;--accent:#7cb8f2;--alarm:#f2938c}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{max-width:960px;margin:0 auto;padding:40px 20px 64px}
header{display:flex;align-items:baseline;justify-content:space-between;gap:16px;margin-bottom:20px}
h1{margin:0;font-size:24px;line-height:1.3;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
a{color:var(--accent)}
.quiet{color:var(--quiet)}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden}
.mails{list-style:none;margin:0;padding:0}
.mails li+li{border-top:1px solid var(--line)}
.mails a{display:grid;grid-template-columns:minmax(0,15rem) minmax(0,1fr) auto;gap:4px 20px;padding:14px 20px;color:inherit;text-decoration:none}
.mails a:hover,.mails a:focus-visible{background:color-mix(in srgb,var(--accent) 8%,transparent);outline:0}
.mails span,.mails strong{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.mails strong{font-weight:600}
time{color:var(--quiet);font-variant-numeric:tabular-nums;white-space:nowrap}
.empty{padding:72px 24px;text-align:center}
.empty p{margin:4px 0}
.back{display:inline-block;margin-bottom:16px;text-decoration:none}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:6px 20px;margin:0;padding:16px 20px}
dt{color:var(--quiet)}
dd{margin:0;overflow-wrap:anywhere}
details{margin-top:16px}
summary{padding:12px 20px;font-weight:600;cursor:pointer}
summary:focus-visible{outline:2px solid var(--accent);outline-offset:-2px;border-radius:12px}
details[open] summary{border-bottom:1px solid var(--line)}
iframe{display:block;width:100%;height:min(85vh,900px);border:0;background:#fff}
pre{margin:0;padding:16px 20px;font:13px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.headers{font:13px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.key{max-width:400px;margin:12vh auto 0;padding:32px}
.key p{margin:8px 0 20px}
.key label{display:block;margin-bottom:6px;font-weight:600}
.key input{width:100%;padding:10px 12px;border:1px solid var(--line);border-radius:8px;background:var(--page);color:inherit;font:inherit}
.key button{width:100%;margin-top:14px;padding:11px;border:0;border-radius:8px;background:#0b5cad;color:#fff;font:inherit;font-weight:600;cursor:pointer}
.key input:focus-visible,.key button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.alarm{color:var(--alarm)}
@media (max-width:640px){main{padding:24px 12px 48px}.mails a{grid-template-columns:minmax(0,1fr) auto}.mails strong{grid-column:1/-1;order:-1}}
`;

const FRAME = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title><%= it.title %></title>
<style><%~ it.style %></style>
</head>
<body><main><%~ include(it.template, it.data) %></main></body>
</html>
`;

const KEY = `<form class="card key" method="post" action="">
<h1>Mailbox</h1>
<% if (it.state === "wrong") { %><p class="alarm" role="alert">Wrong key.</p><% } else { %><p class="quiet">The key was printed when Afterchat started.</p><% } %>
<label for="key">Mailbox key</label>
<input id="key" name="key" type="password" autocomplete="off" required autofocus>
<button>Open</button>
</form>`;

const LIST = `<header><h1>Mailbox</h1><span class="quiet"><%= it.count %></span></header>
<div class="card">
<% if (it.mails.length === 0) { %>
<div class="empty"><p><strong>No emails yet</strong></p><p class="quiet">Emails appear here instead of being sent, as long as EMAIL_SMTP_URL is not set.</p></div>
<% } else { %>
<ul class="mails">
<% it.mails.forEach((mail) => { %>
<li><a href="mailbox/<%= mail.path %>"><span><%= mail.to %></span><strong dir="auto"><%= mail.subject %></strong><time datetime="<%= mail.sentAt %>"><%= mail.time %></time></a></li>
<% }) %>
</ul>
<% } %>
</div>`;

const SHOWN_MAIL = `<a class="back" href="../mailbox">← Mailbox</a>
<header><h1 dir="auto"><%= it.mail.subject %></h1></header>
<dl class="card">
<dt>From</dt><dd dir="auto"><%= it.mail.from %></dd>
<dt>To</dt><dd><%= it.mail.to %></dd>
<dt>Sent</dt><dd><time datetime="<%= it.mail.sentAt %>"><%= it.time %></time></dd>
<% if (it.mail.attachments.length > 0) { %><dt>Attached</dt><dd dir="auto"><% it.mail.attachments.forEach((file, index) => { if (index > 0) { %><br><% } %><%= file.name %> <span class="quiet"><%= file.contentType %>, <%= file.size %></span><% }) %></dd><% } %>
</dl>
<details class="card" open><summary>HTML</summary><iframe title="The email as HTML" sandbox="<%= it.sandbox %>" src="<%= it.path %>/html"></iframe></details>
<details class="card"><summary>Plain text</summary><pre dir="auto"><%= it.mail.text %></pre></details>
<details class="card"><summary>Headers</summary><dl class="headers"><% it.mail.headers.forEach((header) => { %><dt><%= header.name %></dt><dd><%= header.value %></dd><% }) %></dl></details>`;

const NOT_FOUND = `<a class="back" href="../mailbox">← Mailbox</a>
<div class="card empty"><p><strong>Email not found</strong></p><p class="quiet">Only the newest 500 are stored.</p></div>`;

const eta = new Eta({ autoEscape: true });
eta.loadTemplate("@frame", FRAME);
eta.loadTemplate("@key", KEY);
eta.loadTemplate("@list", LIST);
eta.loadTemplate("@mail", SHOWN_MAIL);
eta.loadTemplate("@not-found", NOT_FOUND);

/** Asks for the mailbox key. */
export function keyPage(state: "ask" | "wrong"): string {
  return renderPage("Mailbox", "@key", { state });
}

/**
 * The emails, newest first. Links are relative: the page is served under two paths, perhaps behind a proxy's prefix.
 */
export function listPage(mails: readonly MailSummary[]): string {
  const rows = mails.map((mail) => ({ ...mail, path: encodeURIComponent(mail.id), time: formatTime(mail.sentAt) }));
  return renderPage("Mailbox", "@list", {
    mails: rows,
    count: mails.length === 1 ? "1 email" : `${mails.length} emails`,
  });
}

/** One email: as an email client shows it, as plain text, and its headers. */
export function mailPage(mail: StoredMail, sandbox: string): string {
  const attachments = mail.attachments.map((file) => ({
    ...file,
    size: formatFileSize(translationsFor("en"), file.sizeBytes),
  }));
  return renderPage(mail.subject, "@mail", {
    mail: { ...mail, attachments },
    sandbox,
    path: encodeURIComponent(mail.id),
    time: formatTime(mail.sentAt),
  });
}

export function notFoundPage(): string {
  return renderPage("Mailbox", "@not-found", {});
}

function renderPage(title: string, template: string, data: object): string {
  return eta.render("@frame", { title, template, data, style: PAGE_STYLE });
}

const timeFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

function formatTime(sentAt: string): string {
  return `${timeFormat.format(new Date(sentAt))} UTC`;
}
