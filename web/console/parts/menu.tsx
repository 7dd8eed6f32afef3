import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import type { IconName } from "../../theme/icon-paths.js";

export interface MenuItem {
  readonly words: string;
  readonly icon?: IconName;
  readonly keys?: string;
  /** Undefined: no choice, an action. */
  readonly isChosen?: boolean;
  readonly isDangerous?: boolean;
  readonly act: () => void;
}

/** A button that opens a menu. */
export function Menu({
  label,
  isNamed = false,
  className,
  side = "end",
  up = false,
  items,
  children,
}: {
  readonly label: string;
  /** The button's own words name it. */
  readonly isNamed?: boolean;
  readonly className: string;
  readonly side?: "start" | "end";
  readonly up?: boolean;
  readonly items: readonly MenuItem[];
  readonly children: ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!isOpen) return;
    const chosen = menu.current?.querySelector<HTMLElement>("[aria-checked=true]");
    (chosen ?? menu.current?.querySelector<HTMLElement>("button"))?.focus();
    const closeOutside = ({ target }: Event) => {
      if (!(target instanceof Node && root.current?.contains(target))) setOpen(false);
    };
    addEventListener("pointerdown", closeOutside);
    return () => removeEventListener("pointerdown", closeOutside);
  }, [isOpen]);

  const end = () => {
    setOpen(false);
    button.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const buttons = [...(menu.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const index = buttons.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      end();
    } else if (step !== undefined) {
      event.preventDefault();
      buttons[(index + step + buttons.length) % buttons.length]?.focus();
    } else if (event.key.length === 1) {
      const rest = [...buttons.slice(index + 1), ...buttons];
      rest.find(({ textContent }) => textContent?.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    }
  };
  return (
    <span class="has-menu" ref={root}>
      <button
        ref={button}
        type="button"
        class={className}
        {...(isNamed ? {} : { "aria-label": label, title: label })}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            setOpen(true);
          }
        }}
      >
        {children}
      </button>
      {isOpen && (
        <div ref={menu} class={`menu ${side} ${up ? "up" : ""}`} role="menu" aria-label={label} onKeyDown={move}>
          {items.map(({ words, icon, keys, isChosen, isDangerous, act }) => (
            <button
              key={words}
              type="button"
              {...(isChosen === undefined
                ? { role: "menuitem" as const }
                : { role: "menuitemradio" as const, "aria-checked": isChosen })}
              class={isDangerous ? "danger" : ""}
              onClick={() => {
                end();
                act();
              }}
            >
              {icon !== undefined && <Icon name={icon} />}
              <span class="grow cut">{words}</span>
              {isChosen && <Icon name="check" />}
              {keys !== undefined && <kbd>{keys}</kbd>}
            </button>
          ))}
        </div>
      )}
    </span>
  );
}
