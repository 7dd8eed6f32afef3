import { backoff } from "./backoff.js";
import type { Upload } from "./chat-state.js";
import { randomId } from "./random-id.js";
import { type ChosenFile, type UploadedFile, uploadFile } from "./upload-file.js";

export interface UploadsParts {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly token: () => Promise<string>;
  readonly sessionEnded: () => void;
  readonly changed: (uploads: readonly Upload[]) => void;
}

interface Entry {
  shown: Upload;
  readonly file: ChosenFile;
  readonly abort: AbortController;
  uploaded: UploadedFile | null;
  failures: number;
  timer: ReturnType<typeof setTimeout> | null;
}

/** Files on their way to the server, each tried again until it has arrived or was refused. */
export class Uploads {
  readonly #parts: UploadsParts;
  readonly #entries = new Map<string, Entry>();

  constructor(parts: UploadsParts) {
    this.#parts = parts;
  }

  add(file: ChosenFile, name = "name" in file ? String(file.name) : "file"): string {
    const id = randomId();
    const sizeBytes = "size" in file ? file.size : 0;
    const shown: Upload = { id, name, sizeBytes, progress: 0, status: "uploading", problem: null };
    const entry: Entry = { shown, file, abort: new AbortController(), uploaded: null, failures: 0, timer: null };
    this.#entries.set(id, entry);
    void this.#send(entry);
    return id;
  }

  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    clearTimer(entry);
    entry.abort.abort();
    this.#publish();
  }

  /** Those that are done, to be sent with a message, and not shown any more. */
  take(ids?: readonly string[]): readonly UploadedFile[] {
    const done = [...this.#entries.values()].filter(
      ({ shown, uploaded }) => uploaded !== null && (ids?.includes(shown.id) ?? true),
    );
    for (const { shown } of done) this.#entries.delete(shown.id);
    if (done.length > 0) this.#publish();
    return done.flatMap(({ uploaded }) => uploaded ?? []);
  }

  /** Makes no further attempts until `retry`. */
  stop(): void {
    for (const entry of this.#entries.values()) clearTimer(entry);
  }

  /** Tries those that wait at once. */
  retry(): void {
    for (const entry of this.#entries.values()) if (entry.shown.status === "waiting") void this.#send(entry);
  }

  async #send(entry: Entry): Promise<void> {
    clearTimer(entry);
    this.#show(entry, { status: "uploading", progress: 0 });
    const { url, fetch } = this.#parts;
    const token = await this.#parts.token().catch(() => null);
    const { file, abort, shown } = entry;
    const result =
      token === null
        ? ({ outcome: "unreachable" } as const)
        : await uploadFile({
            ...{ url, token, file, fetch },
            name: shown.name,
            signal: abort.signal,
            progress: (progress) => this.#show(entry, { progress }),
          });
    if (abort.signal.aborted) return;
    if (result.outcome === "done") {
      entry.uploaded = result.file;
      this.#show(entry, { status: "done", progress: 1, name: result.file.name });
    } else if (result.outcome === "refused") {
      this.#show(entry, { status: "refused", problem: result.problem });
    } else {
      if (result.outcome === "unauthenticated") this.#parts.sessionEnded();
      this.#show(entry, { status: "waiting" });
      entry.timer = setTimeout(() => void this.#send(entry), backoff(entry.failures));
      entry.failures += 1;
    }
  }

  #show(entry: Entry, change: Partial<Upload>): void {
    entry.shown = { ...entry.shown, ...change };
    this.#publish();
  }

  #publish(): void {
    this.#parts.changed([...this.#entries.values()].map(({ shown }) => shown));
  }
}

function clearTimer(entry: Entry): void {
  if (entry.timer !== null) clearTimeout(entry.timer);
  entry.timer = null;
}
