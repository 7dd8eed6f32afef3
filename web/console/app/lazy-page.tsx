import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import type { PageName } from "./route.js";

/** Pages besides the inbox are loaded when they are first opened. */
const pages: Partial<Record<PageName, () => Promise<{ readonly Page: ComponentType }>>> = {};

export function LazyPage({ name }: { readonly name: PageName }) {
  const [Page, setPage] = useState<ComponentType | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    pages[name]?.().then(
      (loaded) => setPage(() => loaded.Page),
      () => setFailed(true),
    );
  };
  useEffect(load, []);
  if (hasFailed) {
    return (
      <main class="sheet">
        <div class="nothing" role="alert">
          <Icon name="cloudOff" size={22} />
          <b>This page could not be loaded</b>
          <p>
            <button type="button" class="btn" onClick={load}>
              Try again
            </button>
          </p>
        </div>
      </main>
    );
  }
  return Page === null ? <main class="sheet" aria-busy="true" /> : <Page />;
}
