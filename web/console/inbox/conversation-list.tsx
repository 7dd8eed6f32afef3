import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import type { RowPartsFragment } from "../api/operations.generated.js";
import { type Counts, useConsole } from "../app/console.js";
import { addressOf } from "../app/route.js";
import { useKeys } from "../app/use-keys.js";
import { Problem, SlowlyLoading } from "../parts/region.js";
import type { ConversationFeed } from "./conversation-feed.js";
import { ConversationRow } from "./conversation-row.js";
import type { View } from "./views.js";

/** Of a row: all have the same height, so that only those in sight need to be drawn. */
const rowPixels = 84;
const windowedFrom = 100;
const spareRows = 8;
const loadAheadRows = 10;

const countOf: Readonly<Partial<Record<View["name"], keyof Counts>>> = {
  open: "open",
  mine: "mine",
  unassigned: "unassigned",
  "needs-reply": "needsReply",
  waiting: "waiting",
  held: "held",
  stuck: "stuck",
};

export function ConversationList({
  feed,
  view,
  openId,
  search,
}: {
  readonly feed: ConversationFeed;
  readonly view: View;
  readonly openId: string | null;
  readonly search: string;
}) {
  const { router, counts } = useConsole();
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(800);
  const isPointed = useRef(false);
  const live = feed.rows.value;
  const shown = useSteadyOrder(live, () => top.peek() > 4 || isPointed.current, feed);
  const { rows, newAbove, adopt } = shown;

  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const watch = new ResizeObserver(() => {
      height.value = box.clientHeight;
    });
    watch.observe(box);
    return () => watch.disconnect();
  }, []);

  const isWindowed = (rows?.length ?? 0) >= windowedFrom;
  const span = useComputed(() => {
    const first = Math.max(0, Math.floor(top.value / rowPixels) - spareRows);
    return `${first} ${first + Math.ceil(height.value / rowPixels) + 2 * spareRows}`;
  });
  const [from = 0, to = 0] = isWindowed ? span.value.split(" ").map(Number) : [0, rows?.length ?? 0];

  const open = (id: string, isSame = false) => router.go({ page: "inbox", view: view.name, id, search }, { isSame });
  const step = (by: number) => {
    if (rows === null || rows.length === 0) return;
    const index = rows.findIndex(({ id }) => id === openId);
    const next = rows[index === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, index + by))];
    if (next === undefined) return;
    open(next.id, openId !== null);
    const box = scroller.current;
    const at = rows.indexOf(next) * rowPixels;
    if (box !== null && (at < box.scrollTop || at + rowPixels > box.scrollTop + box.clientHeight))
      box.scrollTop = Math.max(0, at - rowPixels);
  };
  useKeys(useMemo(() => ({ j: () => step(1), k: () => step(-1) }), [rows, openId, view, search]));

  const scroll = () => {
    const box = scroller.current;
    if (box === null) return;
    top.value = box.scrollTop;
    if (box.scrollTop <= 4 && !isPointed.current) adopt();
    if (box.scrollTop + box.clientHeight > box.scrollHeight - loadAheadRows * rowPixels) void feed.loadMore();
  };
  const all = countOf[view.name];
  const known = all === undefined ? null : (counts.value?.[all] ?? null);
  const count = known ?? (rows === null ? "" : `${rows.length}${feed.hasMore ? "+" : ""}`);
  return (
    <section class="pane conversations" aria-label="Conversations">
      <header>
        <h1>{view.name === "search" ? "Search" : view.title}</h1>
        <span class="quiet num">{count}</span>
        <span class="grow" />
        {view.name === "search" && (
          <a class="btn plain less" href={addressOf({ page: "inbox", view: "open", id: openId, search: "" })}>
            <Icon name="cross" />
            End search
          </a>
        )}
      </header>
      {newAbove > 0 && (
        <button
          type="button"
          class="pill"
          onClick={() => {
            adopt();
            scroller.current?.scrollTo({ top: 0 });
          }}
        >
          {newAbove} new
        </button>
      )}
      <div
        class="scroll"
        ref={scroller}
        onScroll={scroll}
        onPointerEnter={() => {
          isPointed.current = true;
        }}
        onPointerLeave={() => {
          isPointed.current = false;
          if (top.peek() <= 4) adopt();
        }}
      >
        {rows === null ? (
          feed.problem.value === null ? (
            <SlowlyLoading rows={7} />
          ) : (
            <Problem problem={feed.problem.value} again={() => void feed.refresh()} />
          )
        ) : rows.length === 0 ? (
          <div class="nothing">
            <Icon name={view.name === "search" ? "search" : "inbox"} size={22} />
            <b>{view.empty.title}</b>
            <p>{view.empty.text}</p>
          </div>
        ) : (
          <ul class="list" style={isWindowed ? { height: `${rows.length * rowPixels}px` } : undefined}>
            {rows.slice(from, to).map((row, index) => (
              <ConversationRow
                key={row.id}
                row={row}
                href={addressOf({ page: "inbox", view: view.name, id: row.id, search })}
                isOpen={row.id === openId}
                top={isWindowed ? (from + index) * rowPixels : null}
              />
            ))}
          </ul>
        )}
        {rows !== null && feed.problem.value !== null && (
          <Problem problem={feed.problem.value} again={() => void feed.refresh()} />
        )}
      </div>
    </section>
  );
}

/**
 * The order in which rows were shown, for as long as the agent is in the middle of them: nothing moves under the pointer. What has
 * changed about a row shows at once.
 */
function useSteadyOrder(
  live: readonly RowPartsFragment[] | null,
  isBusy: () => boolean,
  feed: ConversationFeed,
): { readonly rows: readonly RowPartsFragment[] | null; readonly newAbove: number; readonly adopt: () => void } {
  const [, draw] = useState(0);
  const isAdopting = useRef(false);
  const last = useRef<{ readonly feed: ConversationFeed; readonly ids: readonly string[] } | null>(null);
  if (last.current?.feed !== feed) last.current = null;
  const adopt = () => {
    isAdopting.current = true;
    draw((count) => count + 1);
  };
  let rows = live;
  if (live !== null && last.current !== null && isBusy() && !isAdopting.current) {
    const byId = new Map(live.map((row) => [row.id, row]));
    const kept = last.current.ids.flatMap((id) => byId.get(id) ?? []);
    const keptIds = new Set(kept.map(({ id }) => id));
    // What was loaded below them follows.
    const lastKept = kept.at(-1);
    const below = lastKept === undefined ? 0 : live.indexOf(lastKept);
    rows = [...kept, ...live.slice(below).filter(({ id }) => !keptIds.has(id))];
  }
  useEffect(() => {
    isAdopting.current = false;
    if (rows !== null) last.current = { feed, ids: rows.map(({ id }) => id) };
  });
  return { rows, newAbove: Math.max(0, (live?.length ?? 0) - (rows?.length ?? 0)), adopt };
}
