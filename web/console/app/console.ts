import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ChatError } from "../../client/request.js";
import { Api } from "../api/api.js";
import type { CountPartsFragment, FrameQuery } from "../api/operations.generated.js";
import { counts as countsDocument, frame } from "../api/operations.js";
import { ServerClock } from "../api/server-clock.js";
import { MessageFeed } from "../conversation/message-feed.js";
import { Replies } from "../conversation/replies.js";
import type { Router } from "./router.js";

export type Counts = CountPartsFragment;
type Agent = FrameQuery["agents"][number];
type Channel = FrameQuery["channels"][number];

/** Something to say to the agent once: what did not work, or what was done. */
interface Notice {
  readonly words: string;
  readonly isBad: boolean;
}

/** All that the pages of the console share. */
export interface Console {
  readonly api: Api;
  readonly clock: ServerClock;
  readonly router: Router;
  readonly replies: Replies;
  readonly agent: Agent;
  readonly website: FrameQuery["website"];
  /** All colleagues, and every channel, as they are now. */
  readonly agents: ReadonlySignal<readonly Agent[]>;
  readonly channels: ReadonlySignal<readonly Channel[]>;
  /** How many conversations and deliveries there are of each kind; null until they are known. */
  readonly counts: ReadonlySignal<Counts | null>;
  readonly notice: Signal<Notice | null>;
  /** Who is typing, by the conversation's id: until when by the server's clock. */
  readonly typing: ReadonlySignal<ReadonlyMap<string, number>>;
  /** The messages of the conversation that is shown. */
  feedOf(conversationId: string): MessageFeed;
  /** Does something that the server may refuse, and says so. Returns whether it was done. */
  attempt(action: () => Promise<unknown>, refused?: (error: ChatError) => string | null): Promise<boolean>;
  /** Goes on with another session of the same agent. */
  beginSession(session: { readonly token: string; readonly deviceToken: string }): void;
  /** Signs out: this session is over on the server too. */
  signOut(): void;
  stop(): void;
}

export const ConsoleContext = createContext<Console | null>(null);

export function useConsole(): Console {
  const found = useContext(ConsoleContext);
  if (found === null) throw new Error("No ConsoleContext.Provider");
  return found;
}

export interface ConsoleParts {
  readonly token: string;
  readonly router: Router;
  readonly storage: Storage;
  readonly sessionEnded: () => void;
  readonly beginSession: Console["beginSession"];
  readonly signOut: (api: Api) => void;
}

const tickMs = 1_000;

/** Reads what every page needs, and begins to hear what happens. @throws {ChatError} */
export async function startConsole({
  token,
  router,
  storage,
  sessionEnded,
  beginSession,
  signOut,
}: ConsoleParts): Promise<Console> {
  const clock = new ServerClock();
  let agent: Agent | null = null;
  const api = new Api({ token, clock, actor: () => agent, sessionEnded });
  const shown = await api.read(frame, {});
  if (shown.viewer?.__typename !== "Agent") throw new Error("The session is not an agent's.");
  agent = shown.viewer;
  const notice = signal<Notice | null>(null);
  const typing = signal<ReadonlyMap<string, number>>(new Map());
  let feed: { readonly id: string; readonly messages: MessageFeed } | null = null;
  const failed = (error: ChatError, words: string | null = null) => {
    notice.value = { words: words ?? describeProblem(error), isBad: true };
  };
  const replies = new Replies({
    ...{ api, storage, sessionEnded, viewer: agent.id, failed },
    sent: (message) => {
      if (feed?.id === message.conversation.id) feed.messages.add([message]);
    },
  });
  api.on("typing", ({ conversation, endsAt, author }) => {
    if (author.__typename === "Visitor")
      typing.value = new Map([...typing.peek(), [conversation.id, Date.parse(endsAt)]]);
  });
  api.on("messageAdded", ({ conversation, author }) => {
    if (author.__typename !== "Visitor" || !typing.peek().has(conversation.id)) return;
    typing.value = new Map([...typing.peek()].filter(([id]) => id !== conversation.id));
  });
  const counts = signal<Counts | null>(null);
  api.on("countsUpdated", (changed) => {
    counts.value = changed;
  });
  api.on("connected", () => {
    // They are updated when they next change.
    api.read(countsDocument, {}).then(
      (read) => {
        counts.value = read.counts;
      },
      () => {},
    );
  });
  const agents = signal(shown.agents);
  const channels = signal(shown.channels);
  api.on("agentUpdated", (changed) => {
    const known = agents.peek().some(({ id }) => id === changed.id);
    if (changed.removedAt !== null) agents.value = agents.peek().filter(({ id }) => id !== changed.id);
    else
      agents.value = known
        ? agents.peek().map((one) => (one.id === changed.id ? changed : one))
        : [...agents.peek(), changed];
  });
  api.on("channelUpdated", (changed) => {
    channels.value = channels.peek().map((one) => (one.id === changed.id ? changed : one));
  });
  api.on("connected", () => {
    api.read(frame, {}).then(
      (read) => {
        agents.value = read.agents;
        channels.value = read.channels;
      },
      // What is shown is from before; the next connection reads it again.
      () => {},
    );
  });
  api.open({ isAdmin: agent.role === "ADMIN" });

  // One for the whole page, which stands still while nobody looks.
  const tick = () => {
    if (document.visibilityState !== "visible") return;
    if (clock.hasSlept()) api.reconnect();
    clock.tick();
  };
  const timer = setInterval(tick, tickMs);
  document.addEventListener("visibilitychange", tick);
  addEventListener("online", reconnect);
  function reconnect(): void {
    api.reconnect();
  }
  return {
    ...{ api, clock, router, replies, agent, agents, channels, website: shown.website, counts, notice, typing },
    feedOf: (id) => {
      if (feed?.id === id) return feed.messages;
      feed?.messages.stop();
      feed = { id, messages: new MessageFeed(api, id) };
      return feed.messages;
    },
    attempt: async (action, refused) => {
      try {
        await action();
        return true;
      } catch (error) {
        failed(error as ChatError, refused?.(error as ChatError));
        return false;
      }
    },
    beginSession,
    signOut: () => signOut(api),
    stop: () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
      removeEventListener("online", reconnect);
      feed?.messages.stop();
      replies.stop();
      api.close();
    },
  };
}

/** A sentence for agents; of what the API says in words of its own, those. */
export function describeProblem({ code, message, retryAfterSeconds }: ChatError): string {
  switch (code) {
    case "UNREACHABLE":
      return "The server did not answer. Nothing was changed.";
    case "RATE_LIMITED":
      return `Too much at once. Try again in ${retryAfterSeconds ?? 60} s.`;
    case "SERVICE_UNAVAILABLE":
    case "INTERNAL_SERVER_ERROR":
      return "That did not work. Nothing was changed.";
    case "FORBIDDEN":
      return "Only admins can do that.";
    case "NOT_FOUND":
      return "That does not exist any more.";
    case "CONVERSATION_CLOSED":
      return "This conversation is closed. Reopen it to write.";
    default:
      return message;
  }
}
