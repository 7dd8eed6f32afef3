import { type ReadonlySignal, signal } from "@preact/signals";
import type { ChatError } from "../../client/request.js";
import type { Api } from "../api/api.js";
import type { RowPartsFragment } from "../api/operations.generated.js";
import { conversationList } from "../api/operations.js";
import { placeRow, type View } from "./views.js";

export interface FeedParts {
  readonly api: Api;
  readonly view: View;
  readonly viewer: string;
  readonly search: string;
}

/** After a cut, so many are read again at once; the rest when it is scrolled to. */
const maxPagesRead = 4;
const pageSize = 25;

/** The conversations of a view, in its order, from the newest page to the last that was loaded; kept up to date by what happens. */
export class ConversationFeed {
  readonly #parts: FeedParts;
  readonly #rows = signal<readonly RowPartsFragment[] | null>(null);
  readonly #problem = signal<ChatError | null>(null);
  readonly #cursor = signal<string | null>(null);
  readonly #stops: readonly (() => void)[];
  #isLoading = false;
  /** What has changed while a page was on its way: it may be older. */
  #changed: RowPartsFragment[] = [];
  /** Null until the first page is there. */
  readonly rows: ReadonlySignal<readonly RowPartsFragment[] | null> = this.#rows;
  /** Why it could not be loaded; null if nothing is wrong. */
  readonly problem: ReadonlySignal<ChatError | null> = this.#problem;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#stops = [
      parts.api.on("conversationUpdated", (row) => this.#place(row)),
      parts.api.on("connected", () => void this.refresh()),
    ];
    void this.refresh();
  }

  get hasMore(): boolean {
    return this.#cursor.value !== null;
  }

  /** Reads again what is loaded. */
  async refresh(): Promise<void> {
    const pages = Math.min(maxPagesRead, Math.max(1, Math.ceil((this.#rows.peek()?.length ?? 0) / pageSize)));
    await this.#load(async () => {
      let read: readonly RowPartsFragment[] = [];
      let after: string | null = null;
      for (let page = 0; page < pages; page += 1) {
        const { nodes, pageInfo }: Awaited<ReturnType<ConversationFeed["readPage"]>> = await this.readPage(after);
        read = [...read, ...nodes];
        after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
        if (after === null) break;
      }
      this.#rows.value = read;
      this.#cursor.value = after;
    });
  }

  async loadMore(): Promise<void> {
    const after = this.#cursor.peek();
    if (after === null) return;
    await this.#load(async () => {
      const { nodes, pageInfo } = await this.readPage(after);
      const known = this.#rows.peek() ?? [];
      const ids = new Set(known.map(({ id }) => id));
      this.#rows.value = [...known, ...nodes.filter(({ id }) => !ids.has(id))];
      this.#cursor.value = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
    });
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  private async readPage(after: string | null) {
    const { api, view, viewer, search } = this.#parts;
    const { conversations } = await api.read(conversationList, {
      filter: view.filter(viewer, search),
      order: view.order,
      after,
    });
    return conversations;
  }

  async #load(read: () => Promise<void>): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    this.#changed = [];
    try {
      await read();
      this.#problem.value = null;
      const changed = this.#changed;
      this.#changed = [];
      for (const row of changed) this.#place(row);
    } catch (error) {
      this.#problem.value = error as ChatError;
    } finally {
      this.#isLoading = false;
    }
  }

  #place(row: RowPartsFragment): void {
    if (this.#isLoading) this.#changed.push(row);
    const rows = this.#rows.peek();
    if (rows === null) return;
    const { view, viewer } = this.#parts;
    this.#rows.value = placeRow(rows, row, view, { viewer, hasMore: this.#cursor.peek() !== null });
  }
}
