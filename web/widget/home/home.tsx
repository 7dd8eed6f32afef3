import type { ChatState } from "../../client/client.js";
import { Avatar } from "../parts/avatar.js";
import { People, Tap, usePeople, usePresence } from "../parts/header.js";
import { Icon, Mark } from "../parts/icon.js";
import { Strips } from "../parts/strips.js";
import { useWidget } from "../widget.js";

/** What is shown before a conversation: who is here, a way to write, and earlier conversations. */
export function Home() {
  const { chat, state, texts, close } = useWidget();
  const { website, conversations, hasMoreConversations } = state.value;
  const presence = usePresence();
  const people = usePeople();
  return (
    <>
      <div class="scroll home">
        <div class="hero">
          <div class="bar">
            <b class="cut" dir="auto">
              {website?.company}
            </b>
            <Tap icon="cross" label={texts.t("closeChat")} onClick={close} />
          </div>
          <h1>{texts.t("hello")}</h1>
          {website?.greeting != null && <p dir="auto">{website.greeting}</p>}
        </div>
        <div class="tiles">
          <div class="tile">
            <div class="row">
              <People names={people} />
              <div class="grow">
                <b>{presence?.words}</b>
                {website?.repliesByEmail && <small>{texts.t("answersFollow")}</small>}
              </div>
            </div>
            <button type="button" class="wide" onClick={() => chat.open(null)}>
              <Icon name="send" size={17} />
              {texts.t("writeToUs")}
            </button>
          </div>
          {conversations.length > 0 && (
            <>
              <h2>{texts.t("yourConversations")}</h2>
              <ul class="tiles">
                {conversations.map((conversation) => (
                  <Past key={conversation.id} conversation={conversation} />
                ))}
              </ul>
            </>
          )}
          {hasMoreConversations && (
            <button type="button" class="plain" onClick={() => void chat.loadMoreConversations().catch(() => {})}>
              {texts.t("moreConversations")}
            </button>
          )}
        </div>
        <div class="by">
          <Mark size={13} />
          Afterchat
        </div>
      </div>
      <Strips />
    </>
  );
}

function Past({ conversation }: { readonly conversation: ChatState["conversations"][number] }) {
  const { chat, texts } = useWidget();
  const { lastMessage, assignee, unreadReplies } = conversation;
  const isOwn = lastMessage?.author.__typename === "Visitor";
  const name = isOwn ? null : (lastMessage?.author.name ?? null);
  const text = lastMessage?.text || lastMessage?.attachments[0]?.name || "";
  const when = texts.short(new Date(lastMessage?.sentAt ?? conversation.startedAt), new Date());
  return (
    <li>
      <button type="button" class="past" onClick={() => chat.open(conversation.id)}>
        <Avatar name={name ?? assignee?.name ?? texts.t("you")} />
        <span class="grow">
          <span class={unreadReplies > 0 ? "cut strong" : "cut"} dir="auto">
            {text}
          </span>
          <small>
            <bdi>{name ?? texts.t("you")}</bdi> · <time>{when}</time>
          </small>
        </span>
        {unreadReplies > 0 && (
          <span class="badge">
            <span aria-hidden="true">{unreadReplies}</span>
            <span class="vh">{texts.t("unread", { count: unreadReplies })}</span>
          </span>
        )}
      </button>
    </li>
  );
}
