import { useEffect, useRef, useState } from "preact/hooks";
import { useWidget } from "../widget.js";
import { Icon } from "./icon.js";

/** Emails, sound, and the way to the other conversations. */
export function Menu() {
  const { chat, state, texts, hasSound, announcement } = useWidget();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const { visitor, session, open, conversations } = state.value;
  const isGuest = session === "GUEST";
  const here = conversations.find(({ id }) => id === open?.id);
  const getsEmail = !(visitor?.optedOut || (isGuest && here?.optedOut));

  useEffect(() => {
    if (!isOpen) return;
    menu.current?.querySelector<HTMLElement>("button")?.focus();
    const closeOutside = ({ target }: Event) => {
      if (!(target instanceof Node && menu.current?.parentElement?.contains(target))) setOpen(false);
    };
    addEventListener("pointerdown", closeOutside);
    return () => removeEventListener("pointerdown", closeOutside);
  }, [isOpen]);

  const end = () => {
    setOpen(false);
    button.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const items = [...(menu.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const index = items.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (/Escape|Tab/.test(event.key)) {
      // Escape ends the menu only, not the whole chat.
      event.stopPropagation();
      end();
    } else if (step !== undefined) {
      items[(index + step + items.length) % items.length]?.focus();
      event.preventDefault();
    }
  };
  const changeEmails = () => {
    end();
    chat.setEmailOptOut(getsEmail, isGuest ? "conversation" : "all").catch(() => {
      announcement.value = texts.t("failed");
    });
  };
  return (
    <div class="menu">
      <button
        ref={button}
        type="button"
        class="tap"
        aria-label={texts.t("more")}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        <Icon name="more" size={20} />
      </button>
      {isOpen && (
        <div ref={menu} role="menu" aria-label={texts.t("more")} onKeyDown={move}>
          {visitor?.identified && (
            <button type="button" role="menuitemcheckbox" aria-checked={getsEmail} onClick={changeEmails}>
              <Icon name="check" />
              {texts.t("emailsOn")}
            </button>
          )}
          <button
            type="button"
            role="menuitemcheckbox"
            aria-checked={hasSound.value}
            onClick={() => {
              hasSound.value = !hasSound.value;
              end();
            }}
          >
            <Icon name="check" />
            {texts.t("soundOn")}
          </button>
          {!isGuest && open !== null && (
            <button type="button" role="menuitem" class="apart" onClick={() => chat.close()}>
              {texts.t("yourConversations")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
