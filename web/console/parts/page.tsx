import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import "./page.css";
import { Icon } from "../../theme/icon.js";
import type { IconName } from "../../theme/icon-paths.js";
import { useConsole } from "../app/console.js";
import { ListFeed, type ListPage } from "./list-feed.js";
import { Problem, SlowlyLoading } from "./region.js";

/** A page of its own beside the inbox: what it is called, what it is about. */
export function PageSheet({
  title,
  about,
  aside,
  className = "",
  children,
}: {
  readonly title: string;
  readonly about: string;
  readonly aside?: ComponentChildren;
  readonly className?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <main class={`sheet page ${className}`}>
      <div class="scroll">
        <header>
          <div class="grow">
            <h1>{title}</h1>
            <p>{about}</p>
          </div>
          {aside}
        </header>
        {children}
      </div>
    </main>
  );
}

/** A list that is read again after each cut, and when one of these things happens. */
export function useList<Item extends { readonly id?: string }>(
  readPage: (after: string | null) => Promise<ListPage<Item>>,
  inputs: readonly unknown[],
): ListFeed<Item> {
  const { api } = useConsole();
  const feed = useMemo(() => new ListFeed<Item>(readPage), inputs);
  useEffect(() => {
    const stop = api.on("connected", () => feed.touch());
    return () => {
      stop();
      feed.stop();
    };
  }, [feed]);
  return feed;
}

/** What is read of a list: its items, that it is empty, or why it could not be read. */
export function ListRegion<Item extends { readonly id?: string }>({
  feed,
  empty,
  children,
}: {
  readonly feed: ListFeed<Item>;
  readonly empty: { readonly icon: IconName; readonly title: string; readonly text: string };
  readonly children: (items: readonly Item[]) => ComponentChildren;
}) {
  const items = feed.items.value;
  const problem = feed.problem.value;
  return (
    <>
      {problem !== null && <Problem problem={problem} again={() => void feed.refresh()} />}
      {items === null ? (
        problem === null && <SlowlyLoading rows={6} />
      ) : items.length === 0 ? (
        <div class="nothing">
          <Icon name={empty.icon} size={22} />
          <b>{empty.title}</b>
          <p>{empty.text}</p>
        </div>
      ) : (
        children(items)
      )}
      {feed.cursor.value !== null && (
        <p class="more-items">
          <button type="button" class="btn" onClick={() => void feed.loadMore()}>
            Show more
          </button>
        </p>
      )}
    </>
  );
}
