import { Conversation } from "./conversation/conversation.js";
import { Loading } from "./conversation/message-list.js";
import { Home } from "./home/home.js";
import { Header } from "./parts/header.js";
import { PeekCard } from "./parts/peek-card.js";
import { Strips } from "./parts/strips.js";
import { useWidget } from "./widget.js";

/** The whole widget, as one dialog beside the page: the page behind it can be used on. */
export function Panel() {
  const { state, texts, isOpen, isSettled, peek, announcement, close } = useWidget();
  const { open, website } = state.value;
  if (!isOpen.value && peek.value !== null) return <PeekCard peek={peek.value} />;
  return (
    <div
      class="widget"
      role="dialog"
      aria-label={website === null ? texts.t("openChat") : texts.t("chatWith", { company: website.company })}
      lang={texts.language}
      dir={texts.direction}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      {!isSettled.value ? <Starting /> : open === null ? <Home /> : <Conversation />}
      <p class="vh" aria-live="polite">
        {announcement.value}
      </p>
    </div>
  );
}

function Starting() {
  return (
    <>
      <Header />
      <div class="scroll flow">
        <Loading />
      </div>
      <Strips />
    </>
  );
}
