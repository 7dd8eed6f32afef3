import { type ReadonlySignal, signal } from "@preact/signals";
import { addressOf, parseRoute, type Route } from "./route.js";

export interface Router {
  readonly route: ReadonlySignal<Route>;
  /** `isSame`: the address changes, without a step for Back. */
  go(route: Route, options?: { readonly isSame?: boolean }): void;
  back(): void;
}

/** Shows what the address says, and says in the address what is shown. Links within the console load nothing. */
export function createRouter(): Router {
  const route = signal(parseRoute(location));
  addEventListener("popstate", () => {
    route.value = parseRoute(location);
  });
  const go: Router["go"] = (next, { isSame = false } = {}) => {
    const address = addressOf(next);
    if (address === location.pathname + location.search) return;
    if (isSame) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    route.value = next;
  };
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (link === null || !isPlain || event.defaultPrevented || link.target !== "" || link.origin !== location.origin)
      return;
    if (!/^\/console(\/|$)/.test(link.pathname) || link.hash !== "") return;
    event.preventDefault();
    go(parseRoute(link));
  });
  return { route, go, back: () => history.back() };
}
