import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon, Mark } from "../../theme/icon.js";
import type { IconName } from "../../theme/icon-paths.js";
import type { SetUpQuery } from "../api/operations.generated.js";
import { type Counts, useConsole } from "../app/console.js";
import { addressOf, type PageName, type Route, type ViewName } from "../app/route.js";
import { useKeys } from "../app/use-keys.js";
import { Lazy } from "../parts/lazy.js";
import { clockTime } from "../parts/times.js";
import { setUp } from "../set-up/operations.js";
import { Me } from "./me.js";

const keysHelp = () => import("./keys-help.js");

interface Place {
  readonly words: string;
  readonly icon: IconName;
  readonly route: Route;
  readonly needsAdmin?: boolean;
  readonly count?: keyof Counts;
}
const view = (name: ViewName, words: string, icon: IconName, count?: keyof Counts): Place => ({
  ...{ words, icon },
  ...(count !== undefined && { count }),
  route: { page: "inbox", view: name, id: null, search: "" },
});
const page = (name: PageName, words: string, icon: IconName, needsAdmin = false): Place => ({
  ...{ words, icon, needsAdmin },
  route: { page: name },
});

const groups: readonly { readonly title: string; readonly places: readonly Place[] }[] = [
  {
    title: "Conversations",
    places: [
      view("open", "Open", "inbox", "open"),
      view("mine", "Mine", "user", "mine"),
      view("unassigned", "Unassigned", "userNone", "unassigned"),
      view("needs-reply", "Needs a reply", "reply", "needsReply"),
      view("closed", "Closed", "check"),
    ],
  },
  {
    title: "Replies on their way",
    places: [
      view("waiting", "Waiting", "clock", "waiting"),
      view("held", "Held", "pause", "held"),
      view("stuck", "Cannot go out", "alert", "stuck"),
    ],
  },
  {
    title: "Forwarding",
    places: [
      page("preferences", "Preferences", "sliders"),
      page("deliveries", "Deliveries", "mailOut"),
      page("suppressed", "Suppressed addresses", "ban", true),
      page("inbound", "Inbound emails", "mailIn", true),
    ],
  },
  {
    title: "Workspace",
    places: [
      page("channels", "Channels", "plug"),
      page("contact-form", "Contact form", "form", true),
      page("team", "Team", "users", true),
      page("website", "Website", "globe", true),
      page("set-up", "Set up", "steps", true),
    ],
  },
];

/** The frame round every page: where one can go, who one is, and whether the server is there. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const { router, agent, website, notice } = useConsole();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const route = router.route.value;
  const isTalk = route.page === "inbox" && route.id !== null;
  const inbox: Route = { page: "inbox", view: "open", id: null, search: "" };
  useKeys({
    "?": () => setHelpOpen(true),
    "/": () => document.getElementById("search")?.focus(),
    "g i": () => router.go(inbox),
    "g d": () => router.go({ page: "deliveries" }),
    "g p": () => router.go({ page: "preferences" }),
    "g c": () => router.go({ page: "channels" }),
  });
  useEffect(() => {
    if (notice.value === null || notice.value.isBad) return;
    const timer = setTimeout(() => {
      notice.value = null;
    }, 6_000);
    return () => clearTimeout(timer);
  }, [notice.value]);
  return (
    <div class={isTalk ? "console in-talk" : "console"}>
      <a class="skip" href={isTalk ? "#composer" : "#main"}>
        {isTalk ? "Skip to the composer" : "Skip to the page"}
      </a>
      <nav class="nav" aria-label="Main">
        <div class="company">
          <Mark size={20} />
          <span class="cut" dir="auto">
            {website.company}
          </span>
        </div>
        <Search />
        {groups.map(({ title, places }) => {
          const allowed = places.filter(({ needsAdmin = false }) => !needsAdmin || agent.role === "ADMIN");
          return allowed.length === 0 ? null : (
            <div key={title} class="group">
              <h2>{title}</h2>
              <ul>
                {allowed.map((place) => (
                  <li key={place.words}>
                    <a
                      href={addressOf(place.route)}
                      title={place.words}
                      aria-current={isAt(route, place.route) ? "page" : undefined}
                    >
                      <Icon name={place.icon} />
                      <span>{place.words}</span>
                      <Count place={place} />
                    </a>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
        <Me showKeys={() => setHelpOpen(true)} />
      </nav>
      <div class="main" id="main" tabIndex={-1}>
        <Connection />
        {children}
      </div>
      <Tabs route={route} />
      <div class="notices" role="status">
        {notice.value !== null && (
          <p class={notice.value.isBad ? "notice-card bad" : "notice-card"}>
            <Icon name={notice.value.isBad ? "alert" : "check"} />
            <span class="grow">{notice.value.words}</span>
            <button
              type="button"
              class="btn plain icon less"
              aria-label="Close"
              onClick={() => {
                notice.value = null;
              }}
            >
              <Icon name="cross" />
            </button>
          </p>
        )}
      </div>
      {isHelpOpen && <Lazy load={keysHelp} close={() => setHelpOpen(false)} />}
    </div>
  );
}

/** How many there are of what a place shows; of channels, those that are paused. */
function Count({ place }: { readonly place: Place }) {
  const { counts, channels } = useConsole();
  if (place.route.page === "channels") {
    const paused = channels.value.filter(({ health }) => health?.status === "PAUSED").length;
    return paused === 0 ? null : <span class="chip bad">{paused} paused</span>;
  }
  if (place.route.page === "set-up") return <SetUpCount />;
  const count = place.count === undefined ? 0 : (counts.value?.[place.count] ?? 0);
  return count === 0 ? null : <span class="n">{count}</span>;
}

/** How much of setting up is done. */
function SetUpCount() {
  const { api } = useConsole();
  const [steps, setSteps] = useState<SetUpQuery["setUp"]>([]);
  useEffect(() => {
    const read = () => {
      // The page says it too, and why it could not be read.
      api.read(setUp, {}).then(
        (found) => setSteps(found.setUp),
        () => {},
      );
    };
    return api.on("connected", read);
  }, []);
  if (steps.length === 0) return null;
  return (
    <span class="n">
      {steps.filter(({ done }) => done).length} of {steps.length}
    </span>
  );
}

function isAt(route: Route, place: Route): boolean {
  if (route.page !== "inbox" || place.page !== "inbox") return route.page === place.page;
  return route.view === place.view;
}

function Search() {
  const { router } = useConsole();
  const route = router.route.value;
  const shown = route.page === "inbox" && route.view === "search" ? route.search : "";
  const [words, setWords] = useState(shown);
  useEffect(() => setWords(shown), [shown]);
  const search = () => {
    if (words.trim() === "") router.go({ page: "inbox", view: "open", id: null, search: "" });
    else router.go({ page: "inbox", view: "search", id: null, search: words.trim() });
  };
  return (
    <search>
      <form
        class="find"
        onSubmit={(event) => {
          event.preventDefault();
          search();
        }}
      >
        <Icon name="search" />
        <input
          id="search"
          type="search"
          aria-label="Search conversations"
          placeholder="Search"
          maxLength={200}
          value={words}
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <kbd>/</kbd>
      </form>
    </search>
  );
}

/** Says when what is shown may be old. */
function Connection() {
  const { api } = useConsole();
  const lostAt = api.lostAt.value;
  return (
    <div role="status">
      {lostAt !== null && (
        <p class="strip">
          <Icon name="cloudOff" />
          No connection. What you see is from {clockTime(lostAt)}. Trying again.
        </p>
      )}
    </div>
  );
}

/** On phones, in place of the navigation. */
function Tabs({ route }: { readonly route: Route }) {
  const [isMoreOpen, setMoreOpen] = useState(false);
  const { agent } = useConsole();
  useEffect(() => setMoreOpen(false), [route]);
  const tabs: readonly Place[] = groups
    .flatMap(({ places }) => places)
    .filter(({ route: to }) =>
      to.page === "inbox" ? to.view === "open" : to.page === "deliveries" || to.page === "channels",
    );
  return (
    <>
      {isMoreOpen && (
        <div class="more-places">
          {groups.map(({ title, places }) => (
            <ul key={title} aria-label={title}>
              {places
                .filter(({ needsAdmin = false }) => !needsAdmin || agent.role === "ADMIN")
                .map((place) => (
                  <li key={place.words}>
                    <a href={addressOf(place.route)} aria-current={isAt(route, place.route) ? "page" : undefined}>
                      <Icon name={place.icon} />
                      {place.words}
                    </a>
                  </li>
                ))}
            </ul>
          ))}
          <Me />
        </div>
      )}
      <nav class="tabs" aria-label="Main, short">
        {tabs.map((place) => (
          <a
            key={place.words}
            href={addressOf(place.route)}
            aria-current={!isMoreOpen && route.page === place.route.page ? "page" : undefined}
          >
            <Icon name={place.icon} size={20} />
            {place.route.page === "inbox" ? "Inbox" : place.words}
          </a>
        ))}
        <button type="button" aria-expanded={isMoreOpen} onClick={() => setMoreOpen(!isMoreOpen)}>
          <Icon name="more" size={20} />
          More
        </button>
      </nav>
    </>
  );
}
