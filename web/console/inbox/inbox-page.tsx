import { useEffect, useMemo } from "preact/hooks";
import { useConsole } from "../app/console.js";
import type { ViewName } from "../app/route.js";
import { ConversationPane } from "../conversation/conversation-pane.js";
import { Lazy } from "../parts/lazy.js";
import { ConversationFeed } from "./conversation-feed.js";
import { ConversationList } from "./conversation-list.js";
import { viewOf } from "./views.js";

const firstRun = () => import("./first-run.js");

/** The list of a view, and the conversation that is open. */
export function InboxPage({
  view: name,
  id,
  search,
}: {
  readonly view: ViewName;
  readonly id: string | null;
  readonly search: string;
}) {
  const { api, agent } = useConsole();
  const view = viewOf(name);
  const feed = useMemo(
    () => new ConversationFeed({ api, view, viewer: agent.id, search }),
    [api, view, agent.id, search],
  );
  useEffect(() => () => feed.stop(), [feed]);
  const isNew = name === "open" && feed.rows.value?.length === 0;
  return (
    <main class={`sheet inbox ${id === null ? "without-talk" : ""}`}>
      <ConversationList feed={feed} view={view} openId={id} search={search} />
      {id !== null ? (
        <ConversationPane key={id} id={id} />
      ) : isNew ? (
        <Lazy load={firstRun} />
      ) : (
        <section class="pane none" aria-label="Conversation">
          <p class="quiet">Choose a conversation.</p>
        </section>
      )}
    </main>
  );
}
