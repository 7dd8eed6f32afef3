import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { useWidget } from "../widget.js";

/** As long as it takes to see that there is something to read. */
const readAfterMs = 1_000;

/** Messages count as read once the end of them has been in view for a second, with the panel open and the page visible. */
export function useReading(scroll: RefObject<HTMLElement | null>, end: RefObject<HTMLElement | null>): void {
  const { chat, state, isOpen } = useWidget();
  const newest = state.value.open?.messages.at(-1)?.id;
  useEffect(() => {
    const [box, target] = [scroll.current, end.current];
    if (box === null || target === null || newest === undefined || !isOpen.value) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isInView = false;
    const look = () => {
      clearTimeout(timer);
      if (isInView && document.visibilityState === "visible") timer = setTimeout(() => chat.markRead(), readAfterMs);
    };
    const observer = new IntersectionObserver(
      ([entry]) => {
        isInView = entry?.isIntersecting ?? false;
        look();
      },
      { root: box, rootMargin: "40px" },
    );
    observer.observe(target);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      document.removeEventListener("visibilitychange", look);
    };
  }, [newest, isOpen.value]);
}
