import type { ChatState } from "../../client/client.js";
import { outgoingOf } from "./group-messages.js";

/**
 * What is shown under the messages:
 * - `form`: a question for an address; `isNeeded`: messages wait for it; `canDecline`: it may be left unanswered.
 * - `email`: the answer will be emailed there.
 * - `opted-out`: answers wait here, as the visitor wants no email.
 */
export type Question =
  | { readonly kind: "form"; readonly isNeeded: boolean; readonly canDecline: boolean; readonly nobodyHere: boolean }
  | { readonly kind: "email"; readonly address: string; readonly canChange: boolean }
  | { readonly kind: "opted-out" };

export interface QuestionFacts {
  readonly state: ChatState;
  readonly wantsForm: boolean;
  readonly declinedForm: boolean;
}

/** Promises an email only where one would be sent, and asks for an address only where it would be used. */
export function decideQuestion({ state, wantsForm, declinedForm }: QuestionFacts): Question | null {
  const { open, outbox, contactForm, session, visitor, whenAway, website } = state;
  if (open === null || visitor === null || contactForm === null) return null;
  const nobodyHere = !contactForm.agentsOnline;
  const isGuest = session === "GUEST";
  const waitsForForm = outgoingOf(outbox, open).some(({ status }) => status === "contact-form");
  if (!isGuest && waitsForForm) return { kind: "form", isNeeded: true, canDecline: false, nobodyHere };
  if (!isGuest && wantsForm) return { kind: "form", isNeeded: false, canDecline: true, nobodyHere };
  const last = open.messages.at(-1);
  const isUnanswered = last !== undefined && last.author.__typename === "Visitor";
  const hasWritten = open.messages.some(({ author }) => author.__typename === "Visitor");
  if (!isGuest && !visitor.identified && hasWritten && website?.repliesByEmail !== false) {
    if (contactForm.current === "REQUIRED") return { kind: "form", isNeeded: false, canDecline: false, nobodyHere };
    if (contactForm.current === "OPTIONAL" && !declinedForm)
      return { kind: "form", isNeeded: false, canDecline: true, nobodyHere };
  }
  if (!nobodyHere || !isUnanswered) return null;
  if (whenAway === "EMAIL" && visitor.email !== null)
    return { kind: "email", address: visitor.email, canChange: !isGuest };
  return whenAway === "OPTED_OUT" ? { kind: "opted-out" } : null;
}
