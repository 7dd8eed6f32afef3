import type { OptOutState } from "afterchat/channel";
import { Eta } from "eta";
import type { Words } from "../translations/translations.js";

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
p{margin:0 0 12px;overflow-wrap:anywhere;text-wrap:pretty}
/* Arabic letters are joined, and Japanese has no spaces to break lines at. */
[dir=rtl] h1{letter-spacing:normal}
:lang(ja){word-break:auto-phrase}
.quiet{color:var(--quiet);font-size:14px}
.quiet:last-child{margin-bottom:0}
form{display:grid;gap:10px;margin:20px 0}
form:last-child{margin-bottom:0}
button{width:100%;min-height:44px;padding:10px 16px;border:1px solid var(--line);border-radius:8px;background:transparent;color:var(--words);font:inherit;font-weight:600;cursor:pointer;text-wrap:balance}
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
  words: Words,
  problem: "unclear" | null = null,
): string {
  const content = contentOf(state, company, words);
  const lines = problem === null ? content.lines : [words.say("unsubscribeUnclear"), ...content.lines];
  return render({ ...content, lines }, words);
}

/** For a link that was forged, damaged, or signed under a secret that is gone. */
export function unknownLinkPage(company: string, words: Words): string {
  const lines = [words.say("unsubscribeUnknownMeans", { company })];
  return render({ title: words.say("unsubscribeUnknown"), lines, buttons: [], notes: [], first: null }, words);
}

function contentOf(state: OptOutState, company: string, words: Words): PageContent {
  const stays = words.say("unsubscribeChatStays");
  const notes = [words.say("unsubscribeUnderWay"), stays];
  const stopAll = { choice: "stop-all", words: words.say("unsubscribeStopAll") } as const;
  if (state.erased) {
    const lines = [words.say("unsubscribeErasedMeans", { company })];
    return { title: words.say("unsubscribeErased"), lines, buttons: [], notes: [], first: null };
  }
  if (state.visitor) {
    const lines = [words.say("unsubscribeStoppedAllMeans", { company })];
    const buttons = [{ choice: "resume-all", words: words.say("unsubscribeResumeAll") }] as const;
    return { title: words.say("unsubscribeStoppedAll"), lines, buttons, notes, first: null };
  }
  if (state.conversation) {
    const lines = [words.say("unsubscribeStoppedMeans", { company })];
    const buttons = [{ choice: "resume", words: words.say("unsubscribeResume") }, stopAll] as const;
    return { title: words.say("unsubscribeStopped"), lines, buttons, notes, first: null };
  }
  return {
    title: words.say("unsubscribeTitle", { company }),
    lines: [words.say("unsubscribeOffer", { company })],
    buttons: [{ choice: "stop", words: words.say("unsubscribeStop") }, stopAll],
    notes: [stays],
    first: "stop",
  };
}

function render(content: PageContent, { language, direction }: Words): string {
  return eta.render("@unsubscribe", {
    ...content,
    title: unbroken(content.title),
    lines: content.lines.map(unbroken),
    buttons: content.buttons.map((button) => ({ ...button, words: unbroken(button.words) })),
    notes: content.notes.map(unbroken),
    language,
    direction,
    style: UNSUBSCRIBE_STYLE,
  });
}

/** Most of our languages write "e-mail", which no line may end in the middle of. */
function unbroken(text: string): string {
  return text.replace(/\b(e)-(?=mail)/gi, "$1\u2011");
}
