import type { OptOutState } from "afterchat/channel";
import { Eta } from "eta";
import type { Translations } from "../translations/translations.js";

/** The values of the page's buttons, and what they change. */
export const choices = {
  stop: { scope: "conversation", optedOut: true },
  "stop-all": { scope: "visitor", optedOut: true },
  resume: { scope: "conversation", optedOut: false },
  "resume-all": { scope: "visitor", optedOut: false },
} as const;

export const UNSUBSCRIBE_STYLE = `
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--line:#d3d8de;--text:#1d2630;--quiet:#5a6672;--accent:#0b5cad;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--page:#14171b;--card:#1d2126;--line:#3d454e;--text:#e6e9ec;--quiet:#a3adb8;--accent:#7cb8f2;--on-accent:#0d1b2a}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{max-width:480px;margin:0 auto;padding:clamp(16px,10vh,96px) 16px 48px}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:clamp(20px,6vw,32px)}
h1{margin:0 0 12px;font-size:22px;line-height:1.3;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere;text-wrap:balance}
p{margin:0 0 12px;overflow-wrap:anywhere;text-wrap:pretty}
/* Arabic letters are connected, and Japanese has no spaces to break lines at. */
[dir=rtl] h1{letter-spacing:normal}
:lang(ja){word-break:auto-phrase}
.quiet{color:var(--quiet);font-size:14px}
.quiet:last-child{margin-bottom:0}
form{display:grid;gap:10px;margin:20px 0}
form:last-child{margin-bottom:0}
button{width:100%;min-height:44px;padding:10px 16px;border:1px solid var(--line);border-radius:8px;background:transparent;color:var(--text);font:inherit;font-weight:600;cursor:pointer;text-wrap:balance}
button.first{border-color:var(--accent);background:var(--accent);color:var(--on-accent)}
button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
`;

const PAGE = `<!doctype html>
<html lang="<%= it.language %>" dir="<%= it.direction %>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex,nofollow">
<meta name="referrer" content="no-referrer">
<title><%= it.title %></title>
<style><%~ it.style %></style>
</head>
<body><main><div class="card">
<h1><%= it.title %></h1>
<% it.lines.forEach((line) => { %><p><%= line %></p>
<% }) %><% if (it.buttons.length > 0) { %><form method="post" action="">
<% it.buttons.forEach((button) => { %><button name="choice" value="<%= button.choice %>"<% if (button.choice === it.first) { %> class="first"<% } %>><%= button.text %></button>
<% }) %></form>
<% } %><% it.notes.forEach((note) => { %><p class="quiet"><%= note %></p>
<% }) %></div></main></body>
</html>
`;

const eta = new Eta({ autoEscape: true });
eta.loadTemplate("@unsubscribe", PAGE);

interface PageContent {
  readonly title: string;
  readonly lines: readonly string[];
  readonly buttons: readonly { readonly choice: keyof typeof choices; readonly text: string }[];
  readonly notes: readonly string[];
  /** The highlighted button: unsubscribing. Resubscribing is never highlighted. */
  readonly first: keyof typeof choices | null;
}

/** The current state, with buttons to change it. `problem`: why the page is shown again. */
export function unsubscribePage(
  state: OptOutState,
  company: string,
  translations: Translations,
  problem: "unclear" | null = null,
): string {
  const content = contentOf(state, company, translations);
  const lines = problem === null ? content.lines : [translations.t("unsubscribeUnclear"), ...content.lines];
  return render({ ...content, lines }, translations);
}

/** For a link that was forged, damaged, or signed with a secret that is no longer valid. */
export function unknownLinkPage(company: string, translations: Translations): string {
  const lines = [translations.t("unsubscribeUnknownMeans", { company })];
  return render(
    { title: translations.t("unsubscribeUnknown"), lines, buttons: [], notes: [], first: null },
    translations,
  );
}

function contentOf(state: OptOutState, company: string, { t }: Translations): PageContent {
  const stays = t("unsubscribeChatStays");
  const notes = [t("unsubscribeUnderWay"), stays];
  const stopAll = { choice: "stop-all", text: t("unsubscribeStopAll") } as const;
  if (state.erased) {
    const lines = [t("unsubscribeErasedMeans", { company })];
    return { title: t("unsubscribeErased"), lines, buttons: [], notes: [], first: null };
  }
  if (state.visitor) {
    const lines = [t("unsubscribeStoppedAllMeans", { company })];
    const buttons = [{ choice: "resume-all", text: t("unsubscribeResumeAll") }] as const;
    return { title: t("unsubscribeStoppedAll"), lines, buttons, notes, first: null };
  }
  if (state.conversation) {
    const lines = [t("unsubscribeStoppedMeans", { company })];
    const buttons = [{ choice: "resume", text: t("unsubscribeResume") }, stopAll] as const;
    return { title: t("unsubscribeStopped"), lines, buttons, notes, first: null };
  }
  return {
    title: t("unsubscribeTitle", { company }),
    lines: [t("unsubscribeOffer", { company })],
    buttons: [{ choice: "stop", text: t("unsubscribeStop") }, stopAll],
    notes: [stays],
    first: "stop",
  };
}

function render(content: PageContent, { language, direction }: Translations): string {
  return eta.render("@unsubscribe", {
    ...content,
    title: withoutBreaks(content.title),
    lines: content.lines.map(withoutBreaks),
    buttons: content.buttons.map((button) => ({ ...button, text: withoutBreaks(button.text) })),
    notes: content.notes.map(withoutBreaks),
    language,
    direction,
    style: UNSUBSCRIBE_STYLE,
  });
}

/** Most languages write "e-mail", inside which a line must not break. */
function withoutBreaks(text: string): string {
  return text.replace(/\b(e)-(?=mail)/gi, "$1\u2011");
}
