import type { ReadonlySignal, Signal } from "@preact/signals-core";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Chat, ChatState } from "../client/client.js";
import type { Translations } from "../language/translate.js";

/** What the chat can do for the screen: the parts of the client library that the widget uses. */
export type ChatActions = Pick<
  Chat,
  | "close"
  | "discardOutgoing"
  | "editOutgoing"
  | "forget"
  | "loadEarlier"
  | "loadMoreConversations"
  | "markRead"
  | "open"
  | "recordActivity"
  | "removeUpload"
  | "send"
  | "setEmailOptOut"
  | "setTyping"
  | "start"
  | "submitContactForm"
  | "upload"
>;

/** All that the components of the widget share. */
export interface Widget {
  readonly chat: ChatActions;
  readonly state: ReadonlySignal<ChatState>;
  readonly texts: Translations;
  /** Whether the panel is shown. */
  readonly isOpen: Signal<boolean>;
  /** Whether the first connection has shown what there is: until then nothing is promised. */
  readonly isSettled: Signal<boolean>;
  /** What is being written. */
  readonly draft: Signal<string>;
  /** The visitor wants to enter an address, or another one. */
  readonly wantsForm: Signal<boolean>;
  /** The visitor was asked for an address, and said "Not now". */
  readonly declinedForm: Signal<boolean>;
  readonly hasSound: Signal<boolean>;
  /** The link in an email that led here does not work any more. */
  readonly linkExpired: Signal<boolean>;
  /** Read out by screen readers, once. */
  readonly announcement: Signal<string>;
  /** A new reply, shown beside the launcher while the panel is closed. */
  readonly peek: Signal<Peek | null>;
  /** Shows the panel. */
  open(): void;
  /** Hides the panel. */
  close(): void;
}

export interface Peek {
  readonly name: string;
  readonly text: string;
}

export const WidgetContext = createContext<Widget | null>(null);

export function useWidget(): Widget {
  const widget = useContext(WidgetContext);
  if (widget === null) throw new Error("No WidgetContext.Provider");
  return widget;
}
