import type { Hello, ToLoader, ToWidget, Welcome } from "../widget/protocol.js";
import { labels } from "./labels.js";
import styles from "./loader.css?inline";

/*
 * The script that websites embed. Until somebody wants the chat it shows a button and does nothing else: no request, nothing stored,
 * no connection. Then it loads the widget into a frame, which does everything; the website's part is here: its storage, its page, its
 * events. It has at most 3 KiB, gzipped.
 */

/** `data-*` attributes of the script tag, or what is given to `afterchat("boot", {…})`. */
interface BootOptions {
  readonly accent?: string;
  readonly locale?: string;
  readonly side?: string;
  /** "none": the website has a button of its own. */
  readonly launcher?: string;
  /** "manual": nothing is shown before `afterchat("boot")`. */
  readonly boot?: string;
  readonly identity?: string | (() => string | Promise<string>);
}
type Listener = (detail: unknown) => void;
// biome-ignore lint/suspicious/noExplicitAny: each takes its own.
type Command = (argument?: any) => void;
/** What `afterchat(name, …)` does once there is a chat. */
type Chat = Readonly<Record<string, Command>>;
type Afterchat = ((command: string, argument?: unknown, other?: unknown) => void) & {
  q?: Iterable<ArrayLike<unknown>>;
  loaded?: true;
};

const global = window as unknown as { afterchat?: Afterchat };
const queued = global.afterchat;
const script = document.currentScript as HTMLScriptElement;
const server = new URL(script.src).origin;
const resumePattern = /#afterchat-resume=([\w.~-]{1,2000})$/;
const openKey = "afterchat.open";
const keepKey = "afterchat.keep";

const listeners: [string, Listener][] = [];
let options: BootOptions = { ...script.dataset };
let page: string | undefined;
let chat: Chat | undefined;
/** Commands before the body exists, and before "boot". */
const waiting: (() => void)[] = [];

// Loaded twice, the first one stays.
if (!queued?.loaded) {
  global.afterchat = command;
  command.loaded = true as const;
  if (options.boot !== "manual") command("boot");
  for (const call of queued?.q ?? []) command(...(Array.from(call) as [string]));
}

function command(name: string, argument?: unknown, other?: unknown): void {
  if (name === "on") listeners.push([String(argument), other as Listener]);
  else if (name === "boot") {
    options = { ...options, ...(argument as BootOptions) };
    if (document.body) boot();
    else addEventListener("DOMContentLoaded", boot);
  } else if (chat === undefined) waiting.push(() => command(name, argument));
  else if (chat[name]) chat[name](argument);
  else throw Error(`afterchat: no command "${name}"`);
}

function boot(): void {
  if (chat !== undefined) return;
  chat = show();
  for (const work of waiting.splice(0)) work();
}

function emit(event: string, detail: unknown): void {
  for (const [name, listener] of listeners) if (name === event) listener(detail);
}

/** Without the code of an email's link. */
function currentPage(): string {
  return page ?? location.href.replace(resumePattern, "");
}

function show(): Chat {
  const [openLabel, unreachable] = labels[(options.locale ?? navigator.language).slice(0, 2)] ?? labels.en;
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  root.adoptedStyleSheets = [sheet];
  const make = <Name extends "div" | "button" | "b" | "p" | "iframe">(
    name: Name,
    parent: Node,
  ): HTMLElementTagNameMap[Name] => parent.appendChild(document.createElement(name));
  const box = make("div", root);
  const launcher = make("button", box);
  launcher.append(logo());
  const badge = make("b", launcher);
  const notice = make("p", box);
  notice.role = "alert";
  document.body.append(host);

  const ending = new AbortController();
  const { signal } = ending;
  let frame: HTMLIFrameElement | undefined;
  let port: MessagePort | undefined;
  let draft: string | null = null;
  let isOpen = false;
  let resume: string | null = null;
  let lastActivity = 0;

  /** Before there is a widget nothing is lost: it is welcomed with everything. */
  const post = (message: ToWidget) => port?.postMessage(message);
  const mark = (className: string, isTrue: boolean) => box.classList.toggle(className, isTrue);
  const color = (accent?: string) => host.style.setProperty("--afterchat", accent || "#0b5cad");
  const receive = ({ data }: MessageEvent<ToLoader>) => {
    switch (data.type) {
      case "open":
      case "close":
        return toggle(data.type === "open");
      case "peek":
        return mark("peek", data.isShown);
      case "read":
        return post({ type: "answer", id: data.id, value: stored("localStorage", data.key) ?? null });
      case "write":
        return stored("localStorage", data.key, data.value);
      case "identity":
        return void readIdentity().then((value) => post({ type: "answer", id: data.id, value }));
      case "state":
        launcher.ariaLabel = data.label;
        badge.textContent = data.unread;
        return color(data.accent);
      case "event":
        return emit(data.name, data.detail);
      case "stopped":
        return host.remove();
    }
  };
  /** The frame says hello once it runs: nobody else can be its window, and nothing else has its origin. */
  const welcome = ({ source, origin, data }: MessageEvent<Hello>) => {
    if (!frame || source !== frame.contentWindow || origin !== server || data?.afterchat !== "hello") return;
    const { port1, port2 } = new MessageChannel();
    const message: Welcome = {
      afterchat: "welcome",
      accent: options.accent,
      locale: options.locale,
      page: currentPage(),
      resume,
      draft,
      hasIdentity: options.identity !== undefined,
      open: isOpen,
    };
    resume = draft = null;
    port = port1;
    port.onmessage = receive;
    frame.contentWindow?.postMessage(message, server, [port2]);
    notice.textContent = "";
  };
  const load = () => {
    if (frame || signal.aborted) return;
    frame = make("iframe", box);
    frame.title = "Chat";
    frame.src = `${server}/widget`;
    // Scripts run before a page is loaded: one that has not said hello soon after is not the widget, but an error.
    frame.onload = () =>
      setTimeout(() => {
        if (port) return;
        frame?.remove();
        frame = undefined;
        emit("error", { code: "UNREACHABLE" });
        if (!isOpen) return;
        notice.textContent = unreachable;
        setTimeout(load, 5_000);
      }, 500);
  };
  const toggle = (isWanted = !isOpen) => {
    if (isWanted === isOpen) return;
    isOpen = isWanted;
    stored("sessionStorage", openKey, isOpen ? "1" : null);
    load();
    mark("open", isOpen);
    post({ type: isOpen ? "open" : "close" });
    if (isOpen) return frame?.focus();
    launcher.focus();
    notice.textContent = "";
  };
  const update = (more?: BootOptions) => {
    options = { ...options, ...more };
    mark("left", options.side === "left");
    launcher.hidden = options.launcher === "none";
    color(options.accent);
    post({ type: "accent", accent: options.accent });
  };
  const followLink = () => {
    const code = resumePattern.exec(location.hash)?.[1];
    if (!code) return;
    // A bookmark, or an address that is shared, must not contain it.
    history.replaceState(history.state, "", currentPage());
    if (port) post({ type: "resume", code });
    else resume = code;
    toggle(true);
  };
  const listen = (event: string, listener: (event: never) => void) =>
    addEventListener(event, listener as () => void, { signal, passive: true, capture: true });

  launcher.ariaLabel = openLabel;
  launcher.onclick = () => toggle();
  launcher.onpointerenter = load;
  launcher.onfocus = load;
  listen("message", welcome);
  listen("hashchange", followLink);
  for (const activity of ["pointerdown", "keydown", "scroll"]) {
    listen(activity, () => {
      if (Date.now() - lastActivity < 10_000) return;
      lastActivity = Date.now();
      post({ type: "activity" });
    });
  }
  update();
  // Above everything, whatever the z-index of the page.
  box.popover = "manual";
  box.showPopover?.();
  followLink();
  if (stored("sessionStorage", openKey)) toggle(true);
  // Who has a conversation is on the website now, and sees what was answered.
  if (stored("localStorage", keepKey)) load();

  return {
    open: () => toggle(true),
    close: () => toggle(false),
    toggle: () => toggle(),
    update,
    show: () => update({ launcher: "" }),
    hide: () => update({ launcher: "none" }),
    identify: (identity: string) => {
      options = { ...options, identity };
      post({ type: "identify" });
    },
    page: (next?: string) => {
      page = next;
      post({ type: "page", page: currentPage() });
    },
    draft: (text: string) => {
      draft = text;
      load();
      post({ type: "draft", text });
    },
    shutdown: (how?: { readonly forget?: boolean }) => {
      const forget = how?.forget === true;
      chat = undefined;
      ending.abort();
      stored("sessionStorage", openKey, null);
      if (forget) stored("localStorage", keepKey, null);
      if (!port) return host.remove();
      box.hidden = true;
      post({ type: "shutdown", forget });
    },
  };
}

/** The mark of Afterchat: a chat bubble that is an envelope. */
function logo(): Element {
  const [svg, path] = ["svg", "path"].map((name) =>
    document.createElementNS("http://www.w3.org/2000/svg", name),
  ) as unknown as [Element, Element];
  svg.setAttribute("viewBox", "0 0 16 16");
  path.setAttribute(
    "d",
    "M3.5 1.7h9a2.3 2.3 0 0 1 2.3 2.3v5.5a2.3 2.3 0 0 1-2.3 2.3H8l-3 2.5a.6.6 0 0 1-1-.5v-2h-.5a2.3 2.3 0 0 1-2.3-2.3V4a2.3 2.3 0 0 1 2.3-2.3ZM4.2 5.7 8 8.5l3.8-2.8L11 4.5 8 6.7 5 4.5Z",
  );
  svg.append(path);
  return svg;
}

type Place = "localStorage" | "sessionStorage";

// Browsers refuse access in some private windows: then nothing is kept.
/** Reads a value, or stores one; null removes it. */
function stored(place: Place, key: string, value?: string | null): string | null | undefined {
  try {
    const storage = window[place];
    if (value === undefined) return storage.getItem(key);
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {}
}

async function readIdentity(): Promise<string | null> {
  try {
    const { identity } = options;
    return (typeof identity === "function" ? await identity() : identity) ?? null;
  } catch {
    return null;
  }
}
