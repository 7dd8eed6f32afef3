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
  BREAKER: "BREAKER",
  REPEATED: "REPEATED",
  UNSENT: "UNSENT",
  UNREADABLE: "UNREADABLE",
} as const satisfies { readonly [Reason in DropReason]: Reason };

registerEnumType(InboundReason, {
  name: "InboundReason",
  description: "Why what came in became nothing.",
  valuesConfig: {
    AUTO_REPLY: { description: "A machine answered." },
    LIST_MAIL: { description: "Sent to many." },
    OWN_MAIL: { description: "Sent by Afterchat itself, or in the company's name." },
    REPORT: { description: "A report that says nothing new." },
    NOT_OURS: { description: "Belongs to no conversation." },
    ERASED: { description: "Its visitor was erased; nothing of it is kept." },
    BREAKER: {
      description: "More than 20 came for the conversation within an hour: two machines seem to answer each other.",
    },
    UNSENT: { description: "Its writer took it back; nothing of it is kept." },
    REPEATED: { description: "The same message had come in before." },
    UNREADABLE: { description: "Damaged, or built to exhaust who reads it." },
  },
});
