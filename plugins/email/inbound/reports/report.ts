import type { References } from "./references.js";

/** What a mail server or a mailbox provider reports about an email. */
export type Report = {
  /** Which email that is, by the returned headers and the report's own fields. */
  readonly references: References;
} & ReportedOutcome;

type ReportedOutcome =
  | {
      readonly outcome: "failed";
      /** RFC 3463, such as 5.1.1; `""` if the report has none. */
      readonly status: string;
      /** The reply of the refusing server, else the text of the report. */
      readonly text: string;
    }
  /** Delivered to the mailbox. */
  | { readonly outcome: "delivered" }
  | { readonly outcome: "complained"; readonly by: string }
  /** Changes nothing, such as a delay or a read receipt. */
  | { readonly outcome: "no-change"; readonly detail: string };
