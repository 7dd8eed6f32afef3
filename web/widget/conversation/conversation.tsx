import type { TargetedDragEvent } from "preact";
import { useState } from "preact/hooks";
import { Header, Tap } from "../parts/header.js";
import { Icon } from "../parts/icon.js";
import { Strips } from "../parts/strips.js";
import { useWidget } from "../widget.js";
import { Composer } from "./composer.js";
import { decideQuestion } from "./decide-question.js";
import { MessageList } from "./message-list.js";

/** One conversation, or one that begins with the first message. */
export function Conversation() {
  const { chat, state, texts, wantsForm, declinedForm, linkExpired } = useWidget();
  const { open, session, visitor, conversations } = state.value;
  const [isDropping, setDropping] = useState(false);
  const question = decideQuestion({
    state: state.value,
    wantsForm: wantsForm.value,
    declinedForm: declinedForm.value,
  });
  const isClosed = conversations.find(({ id }) => id === open?.id)?.status === "CLOSED";
  const drop = (event: TargetedDragEvent<HTMLDivElement>) => {
    event.preventDefault();
    setDropping(false);
    for (const file of event.dataTransfer?.files ?? []) chat.upload(file);
  };
  return (
    // The whole panel takes files; the button in the composer does the same for keyboards.
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping needs a pointer.
    <div
      class="column"
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(event.dataTransfer?.types.includes("Files") ?? false);
      }}
      onDragLeave={(event) => {
        if (event.relatedTarget === null) setDropping(false);
      }}
      onDrop={drop}
    >
      <Header>
        {session !== "GUEST" && conversations.length > 1 && (
          <Tap icon="back" label={texts.t("yourConversations")} onClick={() => chat.close()} />
        )}
      </Header>
      {session === "GUEST" && visitor?.email != null && (
        <p class="strip way">
          <Icon name="link" />
          <span>
            <Guest address={visitor.email} />{" "}
            <button type="button" class="text" onClick={() => void chat.forget().then(() => chat.start())}>
              {texts.t("notYou")}
            </button>
          </span>
        </p>
      )}
      {linkExpired.value && (
        <p class="strip look" role="status">
          <Icon name="alert" />
          {texts.t("linkExpired")}
        </p>
      )}
      <MessageList question={question} />
      {isClosed && (
        <p class="strip foot idle" role="status">
          {texts.t("closedConversation")}
        </p>
      )}
      <Strips />
      <Composer isBlocked={question?.kind === "form" && question.isNeeded} />
      {isDropping && (
        <div class="drop" aria-hidden="true">
          {texts.t("dropFiles")}
        </div>
      )}
    </div>
  );
}

/** The address within its sentence, in bold. */
function Guest({ address }: { readonly address: string }) {
  const { texts } = useWidget();
  const [before, after] = texts.t("guest", { address: "\ue000" }).split(/\u2068?\ue000\u2069?/);
  return (
    <>
      {before}
      <b>
        <bdi>{address}</bdi>
      </b>
      {after}
    </>
  );
}
