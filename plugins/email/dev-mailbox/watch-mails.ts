import type { StoredMails } from "./stored-mails.js";

/** How often the list is looked at while somebody watches it: other processes store emails, and erasing takes some away. */
const everyMs = 2_000;
/** How often a connection on which nothing happens shows that it still works, in looks. */
const looksBetweenSigns = 10;
/** Pages that are open at the same time: somebody who develops has a few. */
const maxWatchers = 32;

interface Watcher {
  readonly send: (text: string) => void;
  readonly end: () => void;
}

/** Tells open pages, by server-sent events, when the list of emails has changed. */
export class MailWatch {
  readonly #watchers = new Set<Watcher>();
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;
  #looks = 0;
  #revision = "";

  /** @param onError gets why the list could not be read; it is read again a moment later */
  constructor(
    private readonly mails: StoredMails,
    onError: (error: unknown) => void,
  ) {
    this.#onError = onError;
  }

  /**
   * A stream of events named `revision`, each with the list's revision as its data: the first at once, the others when it changes. Ends
   * when `signal` aborts, or the mailbox closes. Null: too many are watching.
   */
  async open(signal: AbortSignal): Promise<ReadableStream<Uint8Array> | null> {
    const { revision } = await this.mails.list();
    if (this.#watchers.size >= maxWatchers) return null;
    const encoder = new TextEncoder();
    let leave = () => {};
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const watcher: Watcher = {
          // Who does not read what was sent needs no more of it: the latest revision is asked for with the list.
          send: (text) => void ((controller.desiredSize ?? 0) > -8 && controller.enqueue(encoder.encode(text))),
          end: () => {
            leave();
            controller.close();
          },
        };
        leave = () => {
          signal.removeEventListener("abort", watcher.end);
          this.#remove(watcher);
        };
        signal.addEventListener("abort", watcher.end, { once: true });
        this.#revision ||= revision;
        this.#watchers.add(watcher);
        watcher.send(`retry: 1000\n\n${eventOf(revision)}`);
        this.#timer ??= setInterval(() => void this.look(), everyMs);
        if (signal.aborted) watcher.end();
      },
      cancel: () => leave(),
    });
  }

  /** Looks whether the list has changed, and tells those who watch it. Never rejects. */
  async look(): Promise<void> {
    if (this.#watchers.size === 0) return;
    try {
      const { revision } = await this.mails.list();
      this.#looks += 1;
      const hasChanged = revision !== this.#revision;
      this.#revision = revision;
      const text = hasChanged ? eventOf(revision) : this.#looks % looksBetweenSigns === 0 ? ":\n\n" : null;
      if (text !== null) for (const { send } of this.#watchers) send(text);
    } catch (error) {
      this.#onError(error);
    }
  }

  close(): void {
    for (const { end } of this.#watchers) end();
  }

  #remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#revision = "";
  }
}

function eventOf(revision: string): string {
  return `event: revision\ndata: ${revision}\n\n`;
}
