import type { ConversationPageQuery, MessagePartsFragment } from "../api/operations.generated.js";

/** The conversation that is open. */
export type Shown = NonNullable<ConversationPageQuery["conversation"]>;

export interface ShownMessage extends MessagePartsFragment {
  /** Of those that this console has sent. Events lack it: with it, each agent would get events of their own. */
  readonly clientMessageId?: string | null;
}
