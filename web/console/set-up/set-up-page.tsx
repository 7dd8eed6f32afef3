import type { ComponentChild } from "preact";
import { useEffect } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import "./set-up.css";
import type { SetUpQuery } from "../api/operations.generated.js";
import { useConsole } from "../app/console.js";
import { CopyScript } from "../parts/copy-script.js";
import { ListRegion, PageSheet, useList } from "../parts/page.js";
import { OpenMailbox } from "./open-mailbox.js";
import { setUp } from "./operations.js";

type Step = SetUpQuery["setUp"][number];

const steps: Readonly<Record<string, { readonly title: string; readonly action: ComponentChild }>> = {
  PASSWORD: { title: "Sign in, and change the printed password", action: null },
  TRIED: {
    title: "Try it as a visitor",
    action: (
      <a class="btn less" href="/" target="_blank" rel="noreferrer">
        <Icon name="external" />
        Open
      </a>
    ),
  },
  PREFERENCE: {
    title: "Choose what is forwarded",
    action: (
      <a class="btn less" href="/console/preferences">
        Preferences
      </a>
    ),
  },
  COLLEAGUES: {
    title: "Invite your colleagues",
    action: (
      <a class="btn less" href="/console/team">
        Team
      </a>
    ),
  },
  EMAIL: {
    title: "Send real emails",
    action: (
      <span class="acts">
        <OpenMailbox />
        <a class="btn less" href="/console/channels">
          Channels
        </a>
      </span>
    ),
  },
  WEBSITE: { title: "Put the chat on your website", action: <CopyScript className="btn less primary" /> },
};
const numbers = ["None", "One", "Two", "Three", "Four", "Five", "Six"];

/** What is done, and what is still to do, before visitors come. */
export function Part() {
  const { api } = useConsole();
  const feed = useList<Step>(
    async () => ({ nodes: (await api.read(setUp, {})).setUp, pageInfo: { hasNextPage: false } }),
    [],
  );
  useEffect(() => {
    const stops = [
      api.on("deliveryUpdated", () => feed.touch()),
      api.on("channelUpdated", () => feed.touch()),
      api.on("agentUpdated", () => feed.touch()),
      api.on("forwardingPreferenceUpdated", () => feed.touch()),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [feed]);
  const items = feed.items.value ?? [];
  const done = items.filter((step) => step.done).length;
  const left = items.length - done;
  return (
    <PageSheet title="Set up" about="Until then everything works here, with emails in the mailbox.">
      <div class="body">
        <section class="card set-up">
          {items.length > 0 && (
            <h2>
              {left === 0
                ? "All is done"
                : `${numbers[done] ?? done} of ${(numbers[items.length] ?? String(items.length)).toLowerCase()} done: ${(numbers[left] ?? String(left)).toLowerCase()} to go`}
            </h2>
          )}
          <ListRegion feed={feed} empty={{ icon: "steps", title: "Nothing to do", text: "" }}>
            {(all) => (
              <ol>
                {all.map(({ id, done: isDone, detail }) => (
                  <li key={id} class={isDone ? "done" : ""}>
                    {isDone ? (
                      <span class="tone good">
                        <Icon name="checkRound" size={20} />
                      </span>
                    ) : (
                      <span class="todo" />
                    )}
                    <b>
                      {steps[id]?.title ?? id}
                      <span class="vh">{isDone ? ", done" : ", to do"}</span>
                    </b>
                    <small>{detail}</small>
                    {!isDone && steps[id]?.action}
                  </li>
                ))}
              </ol>
            )}
          </ListRegion>
        </section>
      </div>
    </PageSheet>
  );
}
