import { computed, effect, type ReadonlySignal, signal } from "@preact/signals-core";
import { Chat, type ChatState, type Reply } from "../client/client.js";
import { loadLanguage } from "../language/load-language.js";
import { accentOf, showAccent } from "./accent.js";
import type { Host } from "./host.js";
import { keepSignal } from "./keep-signal.js";
import { playSound } from "./play-sound.js";
import type { ToWidget, WidgetEvent } from "./protocol.js";
import type { Widget } from "./widget.js";

/** Set while there is a conversation: then the next page loads the widget at once. */
const keepKey = "afterchat.keep";

/** Connects the chat, the screen and the website with each other. */
export async function startWidget(host: Host): Promise<Widget> {
  const { welcome, storage } = host;
  const wasKept = (await storage.getItem(keepKey)) !== null;
  const texts = await loadLanguage([welcome.locale, ...navigator.languages]);
  const chat = new Chat({
    url: location.origin,
    storage,
    page: welcome.page,
    locale: welcome.locale ?? navigator.language,
    ...(welcome.hasIdentity && { identity: () => host.identity() }),
    ...(welcome.resume !== null && { resume: welcome.resume }),
  });
  const state = signal<ChatState>(chat.state);
  chat.subscribe((next) => {
    state.value = next;
  });
  const accent = signal(welcome.accent);
  const isOpen = signal(welcome.open);
  const isSettled = signal(false);
  const hasSound = signal(true);
  const draft = signal("");
  const announcement = signal("");
  const linkExpired = signal(false);
  if (welcome.draft !== null) draft.value = welcome.draft;
  await Promise.all([
    keepSignal(draft, storage, "afterchat.draft", { write: (text) => text || null, read: (text) => text }),
    keepSignal(hasSound, storage, "afterchat.silent", {
      write: (isOn) => (isOn ? null : "1"),
      read: (kept) => kept !== "1",
    }),
  ]);
  const close = () => {
    isOpen.value = false;
    host.post({ type: "close" });
  };
  const widget: Widget = {
    chat,
    state,
    texts,
    isOpen,
    isSettled,
    draft,
    wantsForm: signal(false),
    declinedForm: signal(false),
    peek: signal(null),
    hasSound,
    linkExpired,
    announcement,
    open: () => host.post({ type: "open" }),
    close,
  };
  await keepSignal(widget.declinedForm, storage, "afterchat.declined", {
    write: (hasDeclined) => (hasDeclined ? "1" : null),
    read: (kept) => kept === "1",
  });

  settleOnce(widget, welcome.resume !== null);
  const chosen = computed(() => accentOf(accent.value ?? state.value.website?.accent));
  showAccent(() => chosen.value);
  tellHost(host, widget, chosen);
  const announce = (reply: Reply) => {
    const { website } = state.value;
    const name = reply.author.name ?? website?.company ?? "";
    const text = reply.text || (reply.attachments[0]?.name ?? "");
    host.post({ type: "event", name: "message", detail: { from: "team", id: reply.id } });
    const isSeen = isOpen.value && document.visibilityState === "visible";
    if (isSeen) announcement.value = `${name}: ${text}`;
    else if (hasSound.value) void playSound(reply.id);
    if (!isOpen.value) widget.peek.value = { name, text };
  };
  chat.onReply(announce);

  host.listen((message: ToWidget) => {
    switch (message.type) {
      case "open":
        isOpen.value = true;
        return void chat.start();
      case "close":
        isOpen.value = false;
        return;
      case "activity":
        return chat.recordActivity();
      case "page":
        return chat.recordActivity(message.page);
      case "wake":
        return chat.wake();
      case "draft":
        draft.value = message.text;
        return;
      case "accent":
        accent.value = message.accent;
        return;
      case "identify":
        return void identify(host, chat);
      case "resume":
        linkExpired.value = false;
        return void chat.resume(message.code).catch(() => {});
      case "shutdown":
        return void shutDown(host, chat, message.forget);
    }
  });
  // The browser closes the connection with the page, which the server understands; only without one it has to be told.
  addEventListener("pagehide", () => {
    if (state.value.connection !== "online") chat.stop();
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) void chat.start();
  });
  for (const back of ["online", "focus"]) addEventListener(back, () => chat.wake());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") chat.wake();
  });
  for (const activity of ["pointerdown", "keydown"]) addEventListener(activity, () => chat.recordActivity());

  host.post({ type: "event", name: "ready", detail: null });
  // Who has only pointed at the button has no session yet.
  if (welcome.open || wasKept) void chat.start();
  return widget;
}

/** Once it is known what there is: one conversation is shown at once, several as a list. */
function settleOnce({ chat, state, isSettled, linkExpired }: Widget, hadLink: boolean): void {
  const end = effect(() => {
    const { connection, session, open, conversations, problem } = state.value;
    const isKnown = connection === "online" || (connection === "offline" && conversations.length > 0);
    if (!isKnown && problem === null) return;
    queueMicrotask(() => end());
    linkExpired.value = hadLink && session === "NEW";
    if (linkExpired.value) chat.open(null);
    else if (!hadLink && conversations.length > 1 && open !== null) chat.close();
    isSettled.value = true;
  });
}

/** The launcher's badge and name, and the website's events. */
function tellHost(host: Host, { state, texts, isOpen, peek }: Widget, chosen: ReadonlySignal<string>): void {
  effect(() => {
    if (state.value.unread === 0 || isOpen.value) peek.value = null;
    host.post({ type: "peek", isShown: peek.value !== null });
  });
  effect(() => {
    const { unread, connection, conversations, outbox } = state.value;
    const keeps = conversations.length + outbox.length > 0;
    // Before it is connected, nothing is known of conversations.
    if (keeps || connection === "online") host.post({ type: "write", key: keepKey, value: keeps ? "1" : null });
    host.post({
      type: "state",
      unread: unread === 0 ? "" : String(unread),
      label: unread > 0 ? texts.t("openChatUnread", { count: unread }) : texts.t("openChat"),
      accent: chosen.value,
    });
  });
  let before: ChatState = state.value;
  let wasOpen = false;
  const unsent = new Set<string>();
  effect(() => {
    const now = state.value;
    const event = (name: WidgetEvent, detail: unknown) => host.post({ type: "event", name, detail });
    if (now.unread !== before.unread) event("unread", { count: now.unread });
    if (now.visitor?.identified && !before.visitor?.identified) event("identified", null);
    if (now.problem !== null && before.problem === null) event("error", { code: now.problem.code });
    for (const { clientMessageId } of now.outbox) unsent.add(clientMessageId);
    for (const { id, clientMessageId } of now.open?.messages ?? [])
      if (clientMessageId !== null && unsent.delete(clientMessageId)) event("message", { from: "visitor", id });
    if (wasOpen !== isOpen.value) event(isOpen.value ? "open" : "close", null);
    wasOpen = isOpen.value;
    before = now;
  });
}

async function identify(host: Host, chat: Chat): Promise<void> {
  try {
    await chat.identify(await host.identity());
  } catch (error) {
    host.post({
      type: "event",
      name: "error",
      detail: { code: (error as { code?: string }).code ?? "IDENTITY" },
    });
  }
}

async function shutDown(host: Host, chat: Chat, forget: boolean): Promise<void> {
  if (forget) await chat.forget();
  else chat.stop();
  if (forget) host.storage.removeItem(keepKey);
  host.post({ type: "stopped" });
}
