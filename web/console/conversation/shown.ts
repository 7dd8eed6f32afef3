import type { ConversationPageQuery } from "../api/operations.generated.js";

/** The conversation that is open. */
export type Shown = NonNullable<ConversationPageQuery["conversation"]>;
