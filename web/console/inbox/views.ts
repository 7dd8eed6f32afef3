import type { ConversationFilter, RowPartsFragment } from "../api/operations.generated.js";
import type { ViewName } from "../app/route.js";

type Row = RowPartsFragment;
type State = Row["forwarding"]["state"];

/** Pending, and cannot go out without a person. */
const stuckStates: readonly State[] = [
  "NO_ADDRESS",
  "OPTED_OUT",
  "ADDRESS_SUPPRESSED",
  "CHANNEL_UNAVAILABLE",
  "UNCERTAIN",
  "FAILED",
];
const waitingStates: readonly State[] = ["WAITING", "ADDRESS_UNPROVEN", "SENDING"];

export interface View {
  readonly name: ViewName;
  readonly title: string;
  /** What stands where there is nothing. */
  readonly empty: { readonly title: string; readonly text: string };
  readonly order: "LAST_ACTIVITY" | "DUE";
  readonly filter: (viewer: string, search: string) => ConversationFilter;
  /** Whether a conversation that has changed belongs to it. */
  readonly has: (row: Row, viewer: string) => boolean;
}

const isOpen = ({ status }: Row) => status === "OPEN";
const waitingText = "Replies that a visitor has not seen appear here until they are read or sent.";
const nothing = (title: string, text: string) => ({ title, text });

const views: readonly View[] = [
  {
    name: "open",
    title: "Open",
    empty: nothing("Nothing open", "New conversations appear here by themselves."),
    order: "LAST_ACTIVITY",
    filter: () => ({ status: "OPEN" }),
    has: isOpen,
  },
  {
    name: "mine",
    title: "Mine",
    empty: nothing("Nothing is yours", "Conversations that you answer, or that are assigned to you, appear here."),
    order: "LAST_ACTIVITY",
    filter: (viewer) => ({ status: "OPEN", assigneeId: viewer }),
    has: (row, viewer) => isOpen(row) && row.assignee?.id === viewer,
  },
  {
    name: "unassigned",
    title: "Unassigned",
    empty: nothing("None is unassigned", "Conversations that nobody has taken appear here."),
    order: "LAST_ACTIVITY",
    filter: () => ({ status: "OPEN", unassigned: true }),
    has: (row) => isOpen(row) && row.assignee === null,
  },
  {
    name: "needs-reply",
    title: "Needs a reply",
    empty: nothing("Nobody waits for a reply", "Conversations in which the visitor wrote last appear here."),
    order: "LAST_ACTIVITY",
    filter: () => ({ status: "OPEN", needsReply: true }),
    has: (row) => isOpen(row) && row.lastMessage?.author.__typename === "Visitor",
  },
  {
    name: "waiting",
    title: "Waiting",
    empty: nothing("None is waiting", waitingText),
    order: "DUE",
    filter: () => ({ forwarding: [...waitingStates] }),
    has: ({ forwarding }) => waitingStates.includes(forwarding.state),
  },
  {
    name: "held",
    title: "Held",
    empty: nothing("None is held", "Replies that an agent holds back appear here until they are released or sent."),
    order: "LAST_ACTIVITY",
    filter: () => ({ forwarding: ["HELD"] }),
    has: ({ forwarding }) => forwarding.state === "HELD",
  },
  {
    name: "stuck",
    title: "Cannot go out",
    empty: nothing("Nothing is stuck", "Replies that cannot be sent without a person appear here, with what to do."),
    order: "LAST_ACTIVITY",
    filter: () => ({ forwarding: [...stuckStates] }),
    has: ({ forwarding }) => stuckStates.includes(forwarding.state),
  },
  {
    name: "closed",
    title: "Closed",
    empty: nothing("Nothing closed", "Conversations that were closed appear here."),
    order: "LAST_ACTIVITY",
    filter: () => ({ status: "CLOSED" }),
    has: (row) => !isOpen(row),
  },
  {
    name: "search",
    title: "Search",
    empty: nothing("Nothing found", "Names, email addresses and words of messages are searched; all words must match."),
    order: "LAST_ACTIVITY",
    filter: (_viewer, search) => ({ search }),
    has: () => false,
  },
];

export function viewOf(name: ViewName): View {
  const [first] = views;
  const found = views.find((view) => view.name === name) ?? first;
  if (found === undefined) throw new Error("There are no views.");
  return found;
}

/** The order of a view's rows: the newest activity first, or the earliest due. */
function compareRows(order: View["order"]): (one: Row, other: Row) => number {
  const byActivity = (one: Row, other: Row) =>
    Date.parse(other.lastActivityAt) - Date.parse(one.lastActivityAt) || (one.id < other.id ? 1 : -1);
  if (order === "LAST_ACTIVITY") return byActivity;
  const dueOf = ({ forwarding }: Row) =>
    forwarding.dueAt === null ? Number.POSITIVE_INFINITY : Date.parse(forwarding.dueAt);
  return (one, other) => {
    const [due, otherDue] = [dueOf(one), dueOf(other)];
    return due === otherDue ? byActivity(one, other) : due - otherDue;
  };
}

/**
 * A view's rows after one of them, or another, has changed. While more can be loaded, one that would come after all of them is left out:
 * loading will bring it.
 */
export function placeRow(
  rows: readonly Row[],
  changed: Row,
  view: View,
  { viewer, hasMore }: { readonly viewer: string; readonly hasMore: boolean },
): readonly Row[] {
  const others = rows.filter(({ id }) => id !== changed.id);
  const isKnown = others.length < rows.length;
  // What was found stays, with what is new about it: a search is as of when it was made.
  if (view.name === "search") return isKnown ? rows.map((row) => (row.id === changed.id ? changed : row)) : rows;
  if (!view.has(changed, viewer)) return isKnown ? others : rows;
  const compare = compareRows(view.order);
  const index = others.findIndex((row) => compare(changed, row) < 0);
  if (index === -1) return hasMore && !isKnown ? others : [...others, changed];
  return [...others.slice(0, index), changed, ...others.slice(index)];
}
