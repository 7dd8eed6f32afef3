import type { EmailSource } from "./visitor.entity.js";

/** Where an email address comes from. One that the visitor typed is not proven to be theirs. */
export type EmailOrigin =
  | { readonly source: EmailSource.AGENT | EmailSource.IDENTITY }
  | {
      readonly source: EmailSource.FORM | EmailSource.CHAT;
      /** The session in which it was typed, and the network that it was typed from, as `networkOf` gives it. */
      readonly sessionId: string;
      readonly network: string | null;
    };
