/**
 * What the loader on the website and the widget in its frame say to each other, over a MessagePort that the loader hands over once:
 * only types, so that the loader carries no code of it.
 */

/** The frame is ready for the port: posted to the parent window. It says nothing secret, as the parent is not known yet. */
export interface Hello {
  readonly afterchat: "hello";
}

/** The answer, with the port. */
export interface Welcome {
  readonly afterchat: "welcome";
  /** A colour as #rrggbb, for buttons and the visitor's own messages. */
  readonly accent: string | undefined;
  /** A BCP 47 tag; left out: the languages of the browser. */
  readonly locale: string | undefined;
  readonly page: string;
  /** The code of an email's link that led to the page. */
  readonly resume: string | null;
  /** What the website has put into the field; null: nothing. */
  readonly draft: string | null;
  /** Whether the website says who its visitor is: the widget asks for the token when it needs one. */
  readonly hasIdentity: boolean;
  /** Whether the panel is shown. */
  readonly open: boolean;
}

export type ToWidget =
  | { readonly type: "open" | "close" | "activity" | "wake" }
  | { readonly type: "shutdown"; readonly forget: boolean }
  | { readonly type: "page"; readonly page: string }
  | { readonly type: "identify" }
  | { readonly type: "resume"; readonly code: string }
  | { readonly type: "draft"; readonly text: string }
  | { readonly type: "accent"; readonly accent: string | undefined }
  /** The answer to `read` or `identity`; null: there is none. */
  | { readonly type: "answer"; readonly id: number; readonly value: string | null };

export type ToLoader =
  | { readonly type: "open" | "close" | "stopped" }
  /** A card with a new reply beside the launcher, in the place of the panel. */
  | { readonly type: "peek"; readonly isShown: boolean }
  | { readonly type: "read"; readonly id: number; readonly key: string }
  | { readonly type: "write"; readonly key: string; readonly value: string | null }
  | { readonly type: "identity"; readonly id: number }
  | {
      readonly type: "state";
      /** For the badge; empty if there is nothing unread. */
      readonly unread: string;
      /** The name of the launcher. */
      readonly label: string;
      /** The launcher's colour; empty for its own. */
      readonly accent: string;
    }
  | { readonly type: "event"; readonly name: WidgetEvent; readonly detail: unknown };

export type WidgetEvent = "ready" | "open" | "close" | "unread" | "message" | "identified" | "error";
