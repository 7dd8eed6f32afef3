import { registerEnumType } from "type-graphql";
import type { DropReason } from "../channels/channel.js";

/** `DropReason` as a GraphQL enum; `satisfies` keeps the two in sync. */
export const InboundReason = {
  AUTO_REPLY: "AUTO_REPLY",
  LIST_MAIL: "LIST_MAIL",
  OWN_MAIL: "OWN_MAIL",
  REPORT: "REPORT",
  NOT_OURS: "NOT_OURS",
  ERASED: "ERASED",
  BLOCKED: "BLOCKED",
  BREAKER: "BREAKER",
  REPEATED: "REPEATED",
  UNSENT: "UNSENT",
  UNREADABLE: "UNREADABLE",
} as const satisfies { readonly [Reason in DropReason]: Reason };

registerEnumType(InboundReason, {
  name: "InboundReason",
  description: "Why an email was dropped.",
  valuesConfig: {
    AUTO_REPLY: { description: "An automatic reply." },
    LIST_MAIL: { description: "Sent by a mailing list, or in bulk." },
    OWN_MAIL: { description: "Sent by Afterchat itself, or in the company's name." },
    REPORT: { description: "A delivery report that says nothing new." },
    NOT_OURS: { description: "Belongs to no conversation." },
    ERASED: { description: "Its visitor was erased; its content is not kept." },
    BLOCKED: { description: "Staff have blocked its visitor." },
    BREAKER: {
      description: "More than 20 emails arrived for the conversation within an hour, which suggests a mail loop.",
    },
    REPEATED: { description: "The same message had been received before." },
    UNSENT: { description: "Its author unsent it; its content is not kept." },
    UNREADABLE: { description: "Damaged, or built to exhaust the parser." },
  },
});
