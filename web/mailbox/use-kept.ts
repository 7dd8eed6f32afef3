import { useState } from "preact/hooks";

/** What was chosen, also for the next email and after a reload. @param options all that can be chosen, by name */
export function useKept<Name extends string>(
  key: string,
  usual: NoInfer<Name>,
  options: Readonly<Record<Name, unknown>>,
): readonly [Name, (chosen: Name) => void] {
  const place = `afterchat.mailbox.${key}`;
  const [chosen, setChosen] = useState<Name>(() => {
    const kept = localStorage.getItem(place);
    return kept !== null && Object.hasOwn(options, kept) ? (kept as Name) : usual;
  });
  return [
    chosen,
    (next) => {
      localStorage.setItem(place, next);
      setChosen(next);
    },
  ];
}
