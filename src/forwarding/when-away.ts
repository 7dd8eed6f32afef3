import { registerEnumType } from "type-graphql";

export enum WhenAway {
  EMAIL = "EMAIL",
  NO_ADDRESS = "NO_ADDRESS",
  OPTED_OUT = "OPTED_OUT",
  UNREACHABLE = "UNREACHABLE",
  CHAT_ONLY = "CHAT_ONLY",
}
registerEnumType(WhenAway, {
  name: "WhenAway",
  description: "What a visitor may be promised about answers that come after they have left the website.",
  valuesConfig: {
    EMAIL: { description: "They are emailed to `Visitor.email`." },
    NO_ADDRESS: { description: "They would be emailed if an address were known." },
    OPTED_OUT: { description: "The visitor asked for no more email." },
    UNREACHABLE: { description: "Nothing is sent to the address any more, after bounces or a complaint." },
    CHAT_ONLY: {
      description: "They wait in the chat: the forwarding mode is NOTHING, or email is not configured or paused.",
    },
  },
});
