import { useEffect, useState } from "preact/hooks";

const keyParameter = "#key=";
/** As the mailbox gives them out: the time and a reference. Other fragments name something on the page. */
const idFormat = /^#([A-Za-z0-9]+-[a-z0-9]+)$/;

/** The id of the email that the address names after its `#`; null: none. Links and the browser's buttons change it. */
export function useShownId(): string | null {
  const [id, setId] = useState(idOfAddress);
  useEffect(() => {
    const follow = () => setId(idOfAddress());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return id;
}

function idOfAddress(): string | null {
  return idFormat.exec(location.hash)?.[1] ?? null;
}

/** Takes the key out of an address such as `/mailbox#key=…`, so that it is not kept in the browser's history; null: it has none. */
export function takeKey(): string | null {
  const { hash } = location;
  if (!hash.startsWith(keyParameter)) return null;
  history.replaceState(null, "", location.pathname);
  return hash.slice(keyParameter.length);
}
