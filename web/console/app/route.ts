/** What the address says is shown. Everything that a colleague should find by a link is in it. */
export type Route =
  | { readonly page: "inbox"; readonly view: ViewName; readonly id: string | null; readonly search: string }
  | { readonly page: PageName };

const viewNames = [
  "open",
  "mine",
  "unassigned",
  "needs-reply",
  "closed",
  "waiting",
  "held",
  "stuck",
  "search",
] as const;
export type ViewName = (typeof viewNames)[number];

const pageNames = [
  "preferences",
  "deliveries",
  "suppressed",
  "inbound",
  "channels",
  "contact-form",
  "team",
  "website",
  "set-up",
] as const;
export type PageName = (typeof pageNames)[number];

const root = "/console";
/** Longer ones find nothing, and are refused by the API. */
const maxSearchLength = 200;

/** Reads an address; what is not known leads to the open conversations. */
export function parseRoute({ pathname, search }: Pick<URL, "pathname" | "search">): Route {
  const [first = "", second = ""] = pathname.slice(root.length).split("/").filter(Boolean).map(decode);
  const page = pageNames.find((name) => name === first);
  if (page !== undefined) return { page };
  const view = viewNames.find((name) => name === first) ?? "open";
  const words = view === "search" ? (new URLSearchParams(search).get("q") ?? "").slice(0, maxSearchLength) : "";
  return { page: "inbox", view, id: second === "" ? null : second, search: words };
}

export function addressOf(route: Route): string {
  if (route.page !== "inbox") return `${root}/${route.page}`;
  const { view, id, search } = route;
  const path = `${root}/${view}${id === null ? "" : `/${encodeURIComponent(id)}`}`;
  return search === "" ? path : `${path}?q=${encodeURIComponent(search)}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
