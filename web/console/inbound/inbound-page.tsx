import { useEffect, useState } from "preact/hooks";
import type { IconName } from "../../theme/icon-paths.js";
import type { InboundPartsFragment, InboundStatus } from "../api/operations.generated.js";
import { useConsole } from "../app/console.js";
import { addressOf } from "../app/route.js";
import { Chip } from "../parts/chip.js";
import { ListRegion, PageSheet, useList } from "../parts/page.js";
import { dayAndTime } from "../parts/times.js";
import { inSentence, nameOf } from "../parts/words.js";
import { inboundList, retryInbound } from "./operations.js";

type Inbound = InboundPartsFragment;

const tabs: readonly (readonly [InboundStatus | null, string])[] = [
  [null, "All"],
  ["UNDERSTOOD", "Understood"],
  ["DROPPED", "Dropped"],
  ["FAILED", "Not understood"],
];
const dropped: Readonly<Record<string, string>> = {
  AUTO_REPLY: "A machine answered",
  BLOCKED: "Its visitor is blocked",
  BREAKER: "Too many in an hour: it looks like a mail loop",
  ERASED: "Its visitor was erased",
  LIST_MAIL: "Sent by a mailing list, or in bulk",
  NOT_OURS: "Belongs to no conversation",
  OWN_MAIL: "Sent by Afterchat itself",
  REPEATED: "It had come before",
  REPORT: "A delivery report that says nothing new",
  UNREADABLE: "Damaged, or built to do harm",
  UNSENT: "Its author took it back",
};

/** Emails that came in, and what became of them. */
export function Part() {
  const { api, attempt, clock } = useConsole();
  const [status, setStatus] = useState<InboundStatus | null>(null);
  const feed = useList<Inbound>(
    async (after) =>
      (await api.read(inboundList, { filter: status === null ? null : { status }, after })).inboundEmails,
    [status],
  );
  useEffect(() => api.on("inboundEmailUpdated", () => feed.touch()), [feed]);
  const now = clock.now.peek();
  return (
    <PageSheet title="Inbound emails" about="What came in, and what became of it.">
      <div class="bar">
        <fieldset class="seg" aria-label="Status">
          {tabs.map(([value, words]) => (
            <button key={words} type="button" aria-pressed={status === value} onClick={() => setStatus(value)}>
              {words}
            </button>
          ))}
        </fieldset>
      </div>
      <ListRegion
        feed={feed}
        empty={{
          icon: "mailIn",
          title: "Nothing came in",
          text: "Answers to emails, delivery reports and all other mail appear here.",
        }}
      >
        {(items) => (
          <table class="table">
            <thead>
              <tr>
                <th>Came</th>
                <th>From</th>
                <th>Subject</th>
                <th>Status</th>
                <th>What became of it</th>
                <th>
                  <span class="vh">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={item.id}>
                  <td class="num">{dayAndTime(item.receivedAt, now)}</td>
                  <td>
                    <bdi class="cut" title={item.from ?? ""}>
                      {item.from ?? "Nobody"}
                    </bdi>
                  </td>
                  <td>
                    <bdi class="cut quiet" title={item.subject ?? ""}>
                      {item.subject}
                    </bdi>
                  </td>
                  <td>
                    <Status item={item} />
                  </td>
                  <td class="wrap">
                    <Became item={item} />
                  </td>
                  <td class="end acts">
                    {(item.status === "FAILED" || item.status === "DROPPED") && item.original !== null && (
                      <button
                        type="button"
                        class="btn less"
                        onClick={() =>
                          void attempt(() => api.change(retryInbound, { id: item.id })).then(() => feed.touch())
                        }
                      >
                        Try again
                      </button>
                    )}
                    {item.original !== null && (
                      <a class="btn less plain" href={item.original.url} target="_blank" rel="noreferrer">
                        Original
                      </a>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </ListRegion>
    </PageSheet>
  );
}

function Status({ item }: { readonly item: Inbound }) {
  const isDoubtful = item.message?.sender?.verified === false;
  const [tone, icon, words]: readonly [string, IconName, string] =
    item.status === "UNDERSTOOD"
      ? isDoubtful
        ? ["look", "question", "Understood"]
        : ["good", "check", "Understood"]
      : item.status === "DROPPED"
        ? ["idle", "crossRound", "Dropped"]
        : item.status === "FAILED"
          ? ["bad", "alert", "Not understood"]
          : ["way", "clock", "Received"];
  return (
    <Chip tone={tone} sign={icon}>
      {words}
    </Chip>
  );
}

function Became({ item }: { readonly item: Inbound }) {
  const { status, reason, detail, conversation, message } = item;
  if (status === "DROPPED") return <>{dropped[reason ?? ""] ?? reason}</>;
  if (status === "FAILED") return <>Not understood yet{detail === null ? "" : `: ${detail}`}</>;
  if (status === "RECEIVED") return <>It is being read</>;
  if (conversation === null) return <>A delivery report</>;
  const href = addressOf({
    page: "inbox",
    view: conversation.status === "OPEN" ? "open" : "closed",
    id: conversation.id,
    search: "",
  });
  return (
    <>
      {message === null ? "A report in " : "Message in "}
      <a href={href}>
        <bdi>
          {conversation.visitor.name === null
            ? nameOf(conversation.visitor)
            : `${inSentence(conversation.visitor)}’s conversation`}
        </bdi>
      </a>
      {message?.sender?.verified === false && `; ${message.sender.explanation ?? "the sender is not verified"}`}
    </>
  );
}
