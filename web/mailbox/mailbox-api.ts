/** What lists show of an email. */
export interface MailSummary {
  readonly id: string;
  /** As in the email: `Ben via Harbour Bikes <chat@example.com>`. */
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly sentAt: string;
}

export interface MailList {
  readonly mails: readonly MailSummary[];
  readonly revision: string;
}

export interface Mail extends MailSummary {
  /** The visitor's; null if it is unknown. */
  readonly name: string | null;
  readonly link: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string;
  readonly attachments: readonly MailAttachment[];
}

interface MailAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
}

export type AnswerKind = "REPLY" | "MACHINE" | "BOUNCE" | "COMPLAINT";

/** `locked`: the key is missing, or wrong. `failed`: the message says what is wrong, in a sentence. */
export type Answered<Value> =
  | { readonly outcome: "ok"; readonly value: Value }
  | { readonly outcome: "locked" | "missing" }
  | { readonly outcome: "failed"; readonly message: string };

const unreachable = "Afterchat cannot be reached: try again when it runs.";

export function readMails(): Promise<Answered<MailList>> {
  return ask("/mailbox.json");
}

export function readMail(id: string): Promise<Answered<Mail>> {
  return ask(`/mailbox/${encodeURIComponent(id)}.json`);
}

/** The email as a mail program shows it to somebody who prefers `scheme`, for a frame. */
export function pageOfMail(id: string, scheme: "light" | "dark"): string {
  return `/mailbox/${encodeURIComponent(id)}/html?scheme=${scheme}`;
}

/** `locked`: it is the wrong key. */
export function enterKey(key: string): Promise<Answered<unknown>> {
  return ask("/mailbox", { key });
}

export function answerMail(id: string, as: AnswerKind, text = ""): Promise<Answered<unknown>> {
  return ask(`/mailbox/${encodeURIComponent(id)}/answer`, { as, text });
}

interface Watch {
  /** At the start, and when the list has changed. */
  readonly onRevision: (revision: string) => void;
  /** It is tried again by itself. */
  readonly onLost: () => void;
}

const retryMs = 5_000;

/** Listens for changes of the list until the returned function is called. */
export function watchMails({ onRevision, onLost }: Watch): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource("/mailbox.json");
    source.addEventListener("revision", ({ data }) => onRevision(data));
    source.addEventListener("error", () => {
      onLost();
      // Refused, after which browsers give up.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, retryMs);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

/** Reads, or posts what is given. */
async function ask<Value>(path: string, posted?: object): Promise<Answered<Value>> {
  try {
    const response = await fetch(path, {
      headers: { accept: "application/json", ...(posted && { "content-type": "application/json" }) },
      ...(posted && { method: "POST", body: JSON.stringify(posted) }),
    });
    if (response.status === 401 || response.status === 403) return { outcome: "locked" };
    if (response.status === 404) return { outcome: "missing" };
    const value = response.status === 204 ? null : await response.json();
    if (response.ok) return { outcome: "ok", value };
    return { outcome: "failed", message: value.message };
  } catch {
    return { outcome: "failed", message: unreachable };
  }
}
