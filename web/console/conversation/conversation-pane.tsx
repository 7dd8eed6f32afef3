import { useQuery } from "@urql/preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import { toProblem } from "../api/api.js";
import {
  assignConversation,
  closeConversation,
  conversation as conversationDocument,
  markRead,
  reopenConversation,
} from "../api/operations.js";
import { useConsole } from "../app/console.js";
import { useKeys } from "../app/use-keys.js";
import { OutlookBar } from "../outlook/outlook-bar.js";
import { Avatar } from "../parts/avatar.js";
import { Lazy } from "../parts/lazy.js";
import { Menu } from "../parts/menu.js";
import { Problem, SlowlyLoading } from "../parts/region.js";
import { age } from "../parts/times.js";
import { nameOf } from "../parts/words.js";
import { Composer } from "./composer.js";
import type { MessageFeed } from "./message-feed.js";
import { Messages } from "./messages.js";
import type { Shown } from "./shown.js";

const visitorPanel = () => import("../visitor/visitor-panel.js");
const panelKey = "afterchat.console.panel-closed";
const wide = "(min-width: 1200px)";
const wideEnough = matchMedia(wide);

/** One conversation: its header, messages, what becomes of the replies, the composer, and its visitor. */
export function ConversationPane({ id }: { readonly id: string }) {
  const { feedOf, api, router } = useConsole();
  const feed = useMemo(() => feedOf(id), [id]);
  const [{ data, error, fetching }, read] = useQuery({
    query: conversationDocument,
    variables: { id },
    requestPolicy: "cache-and-network",
  });
  const [isPanelOpen, setPanelOpen] = useState(wideEnough.matches && localStorage.getItem(panelKey) === null);
  const shown = data?.conversation ?? null;
  const again = () => read({ requestPolicy: "network-only" });

  useEffect(() => api.on("connected", again), [id]);
  const togglePanel = () => {
    if (wideEnough.matches) {
      if (isPanelOpen) localStorage.setItem(panelKey, "1");
      else localStorage.removeItem(panelKey);
    }
    setPanelOpen(!isPanelOpen);
  };
  const back = () => {
    const route = router.route.peek();
    if (route.page === "inbox") router.go({ ...route, id: null });
  };
  useKeys({ i: togglePanel, Escape: back });

  if (shown === null || feed.isMissing.value) {
    return (
      <section class="pane none" aria-label="Conversation">
        {error !== undefined ? (
          <Problem problem={toProblem(error)} again={again} />
        ) : fetching && !feed.isMissing.value ? (
          <SlowlyLoading rows={3} />
        ) : (
          <div class="nothing">
            <Icon name="question" size={22} />
            <b>There is no such conversation</b>
            <p>It may have been a link of another installation.</p>
          </div>
        )}
      </section>
    );
  }
  return (
    <>
      <section class="pane talk-pane" aria-label={`Conversation with ${nameOf(shown.visitor)}`}>
        <Header {...{ back, togglePanel, isPanelOpen }} conversation={shown} />
        <Messages feed={feed} conversation={shown} />
        <Reading feed={feed} conversation={shown} />
        <div class="dock">
          <div class="desk">
            <OutlookBar conversation={shown} feed={feed} again={again} />
            <Composer conversation={shown} feed={feed} />
          </div>
        </div>
      </section>
      {isPanelOpen && <Lazy load={visitorPanel} conversation={shown} close={togglePanel} />}
    </>
  );
}

function Header({
  conversation,
  back,
  togglePanel,
  isPanelOpen,
}: {
  readonly conversation: Shown;
  readonly back: () => void;
  readonly togglePanel: () => void;
  readonly isPanelOpen: boolean;
}) {
  const { api, agent, agents, attempt, clock } = useConsole();
  const { id, visitor, assignee, status } = conversation;
  const isOpen = status === "OPEN";
  const assign = (agentId: string | null) =>
    void attempt(() => api.change(assignConversation, { input: { conversationId: id, agentId } }));
  const changeStatus = () =>
    void attempt(async () => (isOpen ? api.change(closeConversation, { id }) : api.change(reopenConversation, { id })));
  useKeys({
    e: changeStatus,
    m: () => assign(agent.id),
    a: () => document.querySelector<HTMLElement>(".talk-pane .assign")?.click(),
  });
  const presence = visitor.online
    ? "On the website now"
    : visitor.leftAt === null
      ? null
      : `Left ${age(visitor.leftAt, clock.now.value)}`;
  const page = visitor.page === null ? null : `${visitor.online ? "on" : "was on"} ${pathOf(visitor.page)}`;
  return (
    <header>
      <button type="button" class="btn plain icon less back" aria-label="Back to the list" onClick={back}>
        <Icon name="left" />
      </button>
      <span class="phone-only">
        <Avatar name={visitor.name} size="m" online={visitor.online} />
      </span>
      <div class="grow">
        <h1 class="cut" title={nameOf(visitor)}>
          <bdi>{nameOf(visitor)}</bdi>
        </h1>
        <p class="quiet cut">{[presence, page].filter(Boolean).join(" · ")}</p>
      </div>
      <Menu
        label="Assign"
        isNamed
        className="btn less plain assign"
        items={[
          ...agents.value.map(({ id: agentId, name }) => ({
            words: agentId === agent.id ? `${name} (me)` : name,
            isChosen: assignee?.id === agentId,
            act: () => assign(agentId),
          })),
          { words: "Nobody", isChosen: assignee === null, act: () => assign(null) },
        ]}
      >
        {assignee === null ? <Icon name="userNone" /> : <Avatar name={assignee.name} size="s" />}
        <span class="vh">{assignee === null ? "" : "Assigned to "}</span>
        <span class="cut wide-only">{assignee?.name ?? "Unassigned"}</span>
        <Icon name="down" size={14} />
      </Menu>
      <button
        type="button"
        class="btn less status"
        aria-label={isOpen ? "Close" : "Reopen"}
        title={isOpen ? "Close" : "Reopen"}
        onClick={changeStatus}
      >
        <Icon name={isOpen ? "check" : "reply"} />
        <span class="wide-only">{isOpen ? "Close" : "Reopen"}</span>
      </button>
      <button
        type="button"
        class="btn plain icon less"
        aria-label="About the visitor"
        title="About the visitor"
        aria-expanded={isPanelOpen}
        onClick={togglePanel}
      >
        <Icon name="user" />
      </button>
    </header>
  );
}

function pathOf(page: string): string {
  return URL.canParse(page) ? new URL(page).pathname : page;
}

const readAfterMs = 1_000;

/** Marks as read what has been on the screen for a second. */
function Reading({ feed, conversation }: { readonly feed: MessageFeed; readonly conversation: Shown }) {
  const { api } = useConsole();
  const newest = feed.messages.value?.findLast(({ author }) => author.__typename === "Visitor");
  const isUnread = conversation.unreadByAgents > 0;
  useEffect(() => {
    if (newest === undefined || !isUnread) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.visibilityState !== "visible") return;
      timer = setTimeout(() => {
        const input = { conversationId: conversation.id, messageId: newest.id };
        // Unread is unread: the next look tries again.
        api.change(markRead, { input }).catch(() => {});
      }, readAfterMs);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [newest?.id, isUnread, conversation.id]);
  return null;
}
