import { signal } from "@preact/signals";
import { render } from "preact";
import "../../theme/tokens.css";
import "../../theme/ui.css";
import "../console.css";
import "./states.css";
import type { Api } from "../api/api.js";
import { ServerClock } from "../api/server-clock.js";
import { type Console, ConsoleContext } from "../app/console.js";
import type { MessageFeed } from "../conversation/message-feed.js";
import { OutlookBar } from "../outlook/outlook-bar.js";
import { messages, now, outlooks } from "./fixtures.js";

/** Every state of the outlook bar, for eyes, screenshots and axe: nothing here is connected. */
const nothing = () => {};
const clock = new ServerClock({ steady: () => 0, wall: () => now });
const agent = {
  id: "agent-1",
  name: "Ben",
  email: "ben@example.com",
  role: "ADMIN",
  online: true,
  availability: "ONLINE",
  removedAt: null,
} as const;
const shared = {
  api: { on: () => nothing } as unknown as Api,
  clock,
  agent,
  channels: signal([
    { id: "email", health: { status: "PAUSED", detail: "The mail server refused our password.", checkedAt: null } },
  ]),
  notice: signal(null),
  router: { route: signal({ page: "inbox", view: "open", id: null, search: "" }), go: nothing, back: nothing },
  typing: signal(new Map()),
} as unknown as Console;

const feedOf = (lastMessage: (typeof outlooks)[number]["conversation"]["lastMessage"]): MessageFeed => {
  const all = messages.map((message) =>
    message.id === lastMessage?.id
      ? {
          ...message,
          read: lastMessage.read,
          forwardedTo: lastMessage.forwardedTo,
          forwardedAt: lastMessage.forwardedTo === null ? null : new Date(2026, 10, 24, 14, 11).toISOString(),
        }
      : message,
  );
  return { messages: signal(all), problem: signal(null), hasEarlier: signal(false) } as unknown as MessageFeed;
};

const only = new URLSearchParams(location.search).get("only");
render(
  <ConsoleContext.Provider value={shared}>
    <main>
      <h1 class="vh">States of the console</h1>
      {outlooks
        .filter(({ name }) => only === null || name === only)
        .map(({ name, conversation }) => (
          <figure key={name} data-state={name}>
            <figcaption>{name}</figcaption>
            <div class="desk lone">
              <OutlookBar conversation={conversation} feed={feedOf(conversation.lastMessage)} again={nothing} />
            </div>
          </figure>
        ))}
    </main>
  </ConsoleContext.Provider>,
  document.body,
);
