import { signal } from "@preact/signals-core";
import { type ComponentChildren, render } from "preact";
import "../../theme/tokens.css";
import "../widget.css";
import "./states.css";
import { loadLanguage } from "../../language/load-language.js";
import type { Translations } from "../../language/translate.js";
import { Panel } from "../panel.js";
import { type ChatActions, type Widget, WidgetContext } from "../widget.js";
import { states } from "./fixtures.js";

/** Every state of the widget, for eyes, screenshots and axe: nothing here is connected. */
const nothing = () => {};
const actions: ChatActions = {
  close: nothing,
  discardOutgoing: nothing,
  editOutgoing: nothing,
  forget: async () => {},
  loadEarlier: async () => {},
  loadMoreConversations: async () => {},
  markRead: nothing,
  open: nothing,
  recordActivity: nothing,
  removeUpload: nothing,
  send: () => null,
  setEmailOptOut: async () => {},
  setTyping: nothing,
  start: async () => {},
  submitContactForm: async () => {},
  upload: () => "",
};

const languages: Readonly<Record<string, Translations>> = Object.fromEntries(
  await Promise.all(
    ["en", "ar"].map(async (language) => [language, await loadLanguage([language === "en" ? "en-GB" : language])]),
  ),
);

function Shown({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <figure data-state={name}>
      <figcaption>{name}</figcaption>
      <div class="frame">{children}</div>
    </figure>
  );
}

const only = new URLSearchParams(location.search).get("only")?.split(",");
render(
  <main>
    {states
      .filter(({ name }) => only === undefined || only.includes(name))
      .map(({ name, language = "en", state, parts }) => {
        const texts = languages[language];
        if (texts === undefined) throw new Error(`No texts in ${language}.`);
        const widget: Widget = {
          chat: actions,
          state: signal(state),
          texts,
          // Closed, so that no field takes the focus from another state's.
          isOpen: signal(false),
          isSettled: signal(true),
          draft: signal(""),
          wantsForm: signal(false),
          declinedForm: signal(false),
          hasSound: signal(true),
          linkExpired: signal(false),
          peek: signal(null),
          announcement: signal(""),
          open: nothing,
          close: nothing,
          ...parts,
        };
        return (
          <Shown key={name} name={name}>
            <WidgetContext.Provider value={widget}>
              <Panel />
            </WidgetContext.Provider>
          </Shown>
        );
      })}
  </main>,
  document.body,
);
