import { useEffect, useRef, useState } from "preact/hooks";
import { type MailSummary, readMails, watchMails } from "./mailbox-api.js";

/** The list as it was last read. */
export interface Mails {
  /** `locked`: the key has to be entered. */
  readonly phase: "loading" | "locked" | "shown";
  readonly mails: readonly MailSummary[];
  /** Those that came while the page was open. */
  readonly fresh: ReadonlySet<string>;
  /** When the list was read; null: never. */
  readonly readAt: Date | null;
  /** Whether changes arrive. */
  readonly isLive: boolean;
  readonly problem: string | null;
}

const nothing: Mails = {
  ...{ phase: "loading", mails: [], fresh: new Set<string>(), readAt: null, isLive: true, problem: null },
};

/** Reads the list, and again each time that it changes, while the page is visible. `reload` after the key was entered. */
export function useMails(): readonly [Mails, () => Promise<void>] {
  const [mails, setMails] = useState(nothing);
  const revision = useRef<string | null>(null);

  const load = async (): Promise<void> => {
    const answered = await readMails();
    if (answered.outcome === "ok") {
      revision.current = answered.value.revision;
      setMails((before) => withList(before, answered.value.mails));
    } else if (answered.outcome === "failed") {
      const { message } = answered;
      setMails((before) => ({ ...before, problem: message, isLive: false }));
    } else {
      setMails({ ...nothing, phase: "locked" });
    }
  };

  useEffect(() => void load(), []);
  const isShown = mails.phase === "shown";
  const isStuck = mails.phase === "loading" && mails.problem !== null;
  useEffect(() => {
    if (!isShown && !isStuck) return;
    let stop: (() => void) | null = null;
    // A hidden tab takes no connection, of which browsers open six at most.
    const follow = () => {
      const isVisible = document.visibilityState === "visible";
      if (isVisible === (stop !== null)) return;
      stop?.();
      stop = !isVisible
        ? null
        : watchMails({
            onRevision: (latest) => {
              if (latest !== revision.current) void load();
              else setMails((before) => (before.isLive ? before : { ...before, isLive: true }));
            },
            onLost: () => {
              setMails((before) => ({ ...before, isLive: false }));
              void load();
            },
          });
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      stop?.();
    };
  }, [isShown, isStuck]);
  return [mails, load];
}

function withList(before: Mails, mails: readonly MailSummary[]): Mails {
  const known = new Set(before.mails.map(({ id }) => id));
  const isFresh = ({ id }: MailSummary) => before.fresh.has(id) || (before.phase === "shown" && !known.has(id));
  const fresh = new Set(mails.filter(isFresh).map(({ id }) => id));
  return { phase: "shown", mails, fresh, readAt: new Date(), isLive: true, problem: null };
}
