import { Eta } from "eta";
import type { MailContent, MailMessage } from "./content.js";
import { texts } from "./texts.js";

/**
 * Written for mail programs: tables and inline styles for those that drop the head, classes only for what dark mode
 * changes. `<%= %>` escapes; nothing is interpolated any other way. No title: text and HTML hold the same words.
 * Our own sentences run as their language does, whatever script a name in them has; each line of a message by itself.
 */
const MAIL = `<!doctype html>
<html lang="<%= it.texts.language %>" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<style>
:root{color-scheme:light dark}
@media (prefers-color-scheme:dark){
.page{background:#15181c!important}
.card{background:#1f2429!important}
.words{color:#e8eaed!important}
.quiet{color:#a3abb5!important}
.new{background:#1b3145!important;border-color:#58a6e8!important}
.old{border-color:#3a424b!important}
.link{color:#8cc4f5!important}
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f2f4f6">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f2f4f6">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;table-layout:fixed;background:#ffffff;border-radius:8px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5">
<tr><td class="words" style="padding:32px 32px 8px;color:#1f2933;word-break:break-word;overflow-wrap:anywhere">
<p style="margin:0 0 12px"><%= it.content.greeting %></p>
<p style="margin:0 0 12px"><%= it.content.introduction %></p>
<% if (it.content.earlierMessages > 0) { %>
<p class="quiet" style="margin:0 0 12px;font-size:14px;color:#5c6773"><%= it.texts.earlierMessages(it.content.earlierMessages) %></p>
<% } %>
<% if (it.content.moreReplies > 0) { %>
<p class="quiet" style="margin:0 0 12px;font-size:14px;color:#5c6773"><%= it.texts.moreReplies(it.content.moreReplies) %></p>
<% } %>
</td></tr>
<% it.content.messages.forEach((message) => { %>
<%~ include("@message", message) %>
<% }) %>
<tr><td style="padding:24px 32px 8px">
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td bgcolor="#0b5cad" style="border-radius:6px">
<a href="<%= it.content.link %>" target="_blank" rel="noopener" style="display:inline-block;padding:12px 24px;color:#ffffff;font-weight:600;text-align:center;text-decoration:none"><%= it.texts.continueConversation %></a>
</td></tr></table>
</td></tr>
<tr><td class="quiet" style="padding:8px 32px 32px;font-size:13px;color:#5c6773;word-break:break-all;overflow-wrap:anywhere">
<p style="margin:0 0 16px"><a class="link" href="<%= it.content.link %>" target="_blank" rel="noopener" style="color:#0b5cad"><%= it.content.link %></a></p>
<p style="margin:0;word-break:break-word"><%= it.content.footer %></p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;

const MESSAGE = `<tr><td style="padding:6px 32px">
<div class="<%= it.role === "pending" ? "new" : "old" %>" style="<%= it.role === "pending" ? "background:#eaf3fc;border-left:4px solid #0b5cad;border-radius:4px;padding:12px 16px" : "border-left:4px solid #dfe4e9;padding:4px 16px" %>">
<p class="quiet" style="margin:0 0 4px;font-size:13px;color:#5c6773"><%= it.heading %></p>
<% if (it.text !== "") { %><div class="words" dir="auto" style="color:#1f2933;white-space:pre-wrap;unicode-bidi:plaintext;text-align:start;word-break:break-word;overflow-wrap:anywhere"><% it.text.split("\\n").forEach((line, index) => { if (index > 0) { %><br><% } %><%= line %><% }) %></div><% } %>
<% if (it.note !== null) { %><p class="quiet" style="margin:8px 0 0;font-size:14px;color:#5c6773"><%= it.note %></p><% } %>
<% it.files.forEach((file) => { %><p class="quiet" dir="auto" style="margin:8px 0 0;font-size:14px;color:#5c6773;word-break:break-word;overflow-wrap:anywhere"><%= file.words %><% if (file.link !== null) { %><br><a class="link" href="<%= file.link %>" target="_blank" rel="noopener" style="color:#0b5cad;word-break:break-all"><%= file.link %></a><% } %></p><% }) %>
</div>
</td></tr>
`;

const eta = new Eta({ autoEscape: true });
eta.loadTemplate("@mail", MAIL);
eta.loadTemplate("@message", MESSAGE);

/** The mail as HTML: the same words as `textBody`. */
export function htmlBody(content: MailContent): string {
  return eta.render("@mail", { content, texts });
}

/** One message alone, to learn its size. */
export function htmlOfMessage(message: MailMessage): string {
  return eta.render("@message", message);
}
