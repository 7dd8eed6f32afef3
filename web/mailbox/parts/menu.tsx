import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon.js";

interface MenuItem {
  readonly name: string;
  readonly icon: IconName;
  readonly onChoose?: () => void;
  /** Opens in a new tab, which learns nothing of this page. */
  readonly href?: string;
}

/** A button with further actions; the arrow keys go through them. */
export function Menu({ name, items }: { readonly name: string; readonly items: readonly MenuItem[] }) {
  const [isOpen, setOpen] = useState(false);
  const around = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const entries = () => [...(around.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];

  useEffect(() => {
    if (!isOpen) return;
    entries()[0]?.focus();
    const closeOutside = ({ target }: Event) => {
      if (!(target instanceof Node && around.current?.contains(target))) setOpen(false);
    };
    // The frame with the email takes clicks without telling this page, but it takes the focus too.
    for (const type of ["pointerdown", "blur"]) addEventListener(type, closeOutside);
    return () => {
      for (const type of ["pointerdown", "blur"]) removeEventListener(type, closeOutside);
    };
  }, [isOpen]);

  const end = () => {
    setOpen(false);
    button.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const all = entries();
    const index = all.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: index + 1, ArrowUp: index - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") end();
    if (next !== undefined) all[next % all.length]?.focus();
    if (event.key === "Escape" || next !== undefined) event.preventDefault();
  };
  return (
    <div class="menu" ref={around}>
      <button
        ref={button}
        type="button"
        class="btn icon"
        aria-label={name}
        title={name}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="more" />
      </button>
      {isOpen && (
        <div role="menu" tabIndex={-1} aria-label={name} onKeyDown={move}>
          {items.map((item) => {
            const content = (
              <>
                <Icon name={item.icon} />
                {item.name}
              </>
            );
            return item.href === undefined ? (
              <button
                key={item.name}
                type="button"
                role="menuitem"
                onClick={() => {
                  end();
                  item.onChoose?.();
                }}
              >
                {content}
              </button>
            ) : (
              <a
                key={item.name}
                role="menuitem"
                href={item.href}
                target="_blank"
                rel="noopener noreferrer"
                onClick={end}
              >
                {content}
              </a>
            );
          })}
        </div>
      )}
    </div>
  );
}
