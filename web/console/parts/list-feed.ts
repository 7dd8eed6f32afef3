import { type ReadonlySignal, signal } from "@preact/signals";
import type { ChatError } from "../../client/request.js";

/** A page of a list, as the API's connections give it. */
export interface ListPage<Item> {
  readonly nodes: readonly Item[];
  readonly pageInfo: { readonly endCursor?: string | null; readonly hasNextPage: boolean };
}

const pageSize = 25;
const maxPagesRead = 4;
const refreshEveryMs = 1_000;

/** A list of the API, page by page, read again when something in it may have changed. */
export class ListFeed<Item extends { readonly id?: string }> {
  readonly #readPage: (after: string | null) => Promise<ListPage<Item>>;
  readonly #items = signal<readonly Item[] | null>(null);
  readonly #problem = signal<ChatError | null>(null);
  readonly #cursor = signal<string | null>(null);
  #reading: Promise<void> | null = null;
  #isStale = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  /** Null until the first page is there. */
  readonly items: ReadonlySignal<readonly Item[] | null> = this.#items;
  readonly problem: ReadonlySignal<ChatError | null> = this.#problem;
  /** What comes after the last item; null if nothing does. */
  readonly cursor: ReadonlySignal<string | null> = this.#cursor;

  constructor(readPage: (after: string | null) => Promise<ListPage<Item>>) {
    this.#readPage = readPage;
    void this.refresh();
  }

  /** Shows one item as it is now. */
  replace(item: Item): void {
    this.#items.value = this.#items.peek()?.map((one) => (one.id === item.id ? { ...one, ...item } : one)) ?? null;
  }

  /** Reads again soon, and at most once a second however much happens. */
  touch(): void {
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#readAt + refreshEveryMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.refresh();
    }, wait);
  }

  async refresh(): Promise<void> {
    if (this.#reading !== null) {
      this.#isStale = true;
      return this.#reading;
    }
    this.#reading = this.#read();
    await this.#reading;
    this.#reading = null;
    if (this.#isStale) {
      this.#isStale = false;
      this.touch();
    }
  }

  async loadMore(): Promise<void> {
    const after = this.#cursor.peek();
    if (after === null || this.#reading !== null) return;
    this.#reading = this.#attempt(async () => {
      const page = await this.#readPage(after);
      this.#items.value = [...(this.#items.peek() ?? []), ...page.nodes];
      this.#cursor.value = cursorOf(page);
    });
    await this.#reading;
    this.#reading = null;
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #read(): Promise<void> {
    this.#readAt = performance.now();
    const pages = Math.min(maxPagesRead, Math.max(1, Math.ceil((this.#items.peek()?.length ?? 0) / pageSize)));
    return this.#attempt(async () => {
      let items: readonly Item[] = [];
      let after: string | null = null;
      for (let count = 0; count < pages; count += 1) {
        const page: ListPage<Item> = await this.#readPage(after);
        items = [...items, ...page.nodes];
        after = cursorOf(page);
        if (after === null) break;
      }
      this.#items.value = items;
      this.#cursor.value = after;
    });
  }

  async #attempt(read: () => Promise<void>): Promise<void> {
    try {
      await read();
      this.#problem.value = null;
    } catch (error) {
      this.#problem.value = error as ChatError;
    }
  }
}

function cursorOf({ pageInfo }: ListPage<unknown>): string | null {
  return pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
}
