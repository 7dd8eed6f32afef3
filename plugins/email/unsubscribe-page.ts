import type { OptOutState } from "afterchat/channel";
import { Eta } from "eta";
import type { UnsubscribeTexts } from "./unsubscribe-texts.js";

/** What a button of the page asks for, and what it means. */
export const choices = {
  stop: { scope: "conversation", optedOut: true },
  "stop-all": { scope: "visitor", optedOut: true },
  resume: { scope: "conversation", optedOut: false },
  "resume-all": { scope: "visitor", optedOut: false },
} as const;

export const UNSUBSCRIBE_STYLE = `
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--line:#d3d8de;--words:#1d2630;--quiet:#5a6672;--accent:#0b5cad;--on-accent:#fff}
@media (prefers-color-scheme:dark){:root{--page:#14171b;--card:#1d2126;--line:#3d454e;--words:#e6e9ec;--quiet:#a3adb8;--accent:#7cb8f2;--on-accent:#0d1b2a}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--words);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{max-width:480px;margin:0 auto;padding:clamp(16px,10vh,96px) 16px 48px}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:clamp(20px,6vw,32px)}
h1{margin:0 0 12px;font-size:22px;line-height:1.3;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere;text-wrap:balance}
p{margin:0 0 12px;overflow-wrap:anywhere}
.quiet{color:var(--quiet);font-size:14px}
.quiet:last-child{margin-bottom:0}
form{display:grid;gap:10px;margin:20px 0}
form:last-child{margin-bottom:0}
button{width:100%;min-height:44px;padding:10px 16px;border:1px solid var(--line);border-radius:8px;background:transparent;color:var(--words);font:inherit;font-weight:600;cursor:pointer}
button.first{border-color:var(--accent);background:var(--accent);color:var(--on-accent)}
button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
`;

const PAGE = `<!doctype html>
<html lang="<%= it.language %>">
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
<% it.buttons.forEach((button) => { %><button name="choice" value="<%= button.choice %>"<% if (button.choice === it.first) { %> class="first"<% } %>><%= button.words %></button>
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
  readonly buttons: readonly { readonly choice: keyof typeof choices; readonly words: string }[];
  readonly notes: readonly string[];
  /** The button that stands out: what the reader came for. Taking it back is never pressed upon them. */
  readonly first: keyof typeof choices | null;
}

/** What holds now, and what can be done about it. `problem` says why the page is shown again. */
export function unsubscribePage(
  state: OptOutState,
  company: string,
  texts: UnsubscribeTexts,
  problem: string | null = null,
): string {
  return render(contentOf(state, company, texts), texts, problem);
}

/** For a link that was forged, damaged, or signed under a secret that is gone. */
export function unknownLinkPage(company: string, texts: UnsubscribeTexts): string {
  const { title, body } = texts.unknown;
  return render({ title, lines: [body(company)], buttons: [], notes: [], first: null }, texts, null);
}

function contentOf(state: OptOutState, company: string, texts: UnsubscribeTexts): PageContent {
  const notes = [texts.underWay, texts.stayInChat];
  const stopAll = { choice: "stop-all", words: texts.stopAll } as const;
  if (state.erased) {
    return { title: texts.erased.title, lines: [texts.erased.body(company)], buttons: [], notes: [], first: null };
  }
  if (state.visitor) {
    const { title, body } = texts.stoppedAll;
    const resumeAll = { choice: "resume-all", words: texts.resumeAll } as const;
    return { title, lines: [body(company)], buttons: [resumeAll], notes, first: null };
  }
  if (state.conversation) {
    const { title, body } = texts.stopped;
    const resume = { choice: "resume", words: texts.resume } as const;
    return { title, lines: [body(company)], buttons: [resume, stopAll], notes, first: null };
  }
  return {
    title: texts.title(company),
    lines: [texts.offer(company)],
    buttons: [{ choice: "stop", words: texts.stop }, stopAll],
    notes: [texts.stayInChat],
    first: "stop",
  };
}

function render(content: PageContent, texts: UnsubscribeTexts, problem: string | null): string {
  return eta.render("@unsubscribe", {
    ...content,
    lines: problem === null ? content.lines : [problem, ...content.lines],
    language: texts.language,
    style: UNSUBSCRIBE_STYLE,
  });
}
