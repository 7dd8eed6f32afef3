import { Provider } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { ChatError, request } from "../../client/request.js";
import { Icon, Mark } from "../../theme/icon.js";
import { InboxPage } from "../inbox/inbox-page.js";
import { Lazy } from "../parts/lazy.js";
import { Shell } from "../shell/shell.js";
import { type Console, ConsoleContext, describeProblem, startConsole } from "./console.js";
import { LazyPage } from "./lazy-page.js";
import type { Router } from "./router.js";
import type { SessionKeeper } from "./session.js";

const signIn = () => import("../sign-in/sign-in.js");

/** The console of whoever is signed in; the form to sign in otherwise, over what they were doing if their session has just ended. */
export function App({ router, keeper }: { readonly router: Router; readonly keeper: SessionKeeper }) {
  const { token, deviceToken } = keeper.session.value;
  const [shown, setShown] = useState<{ readonly token: string; readonly console: Console } | null>(null);
  const [problem, setProblem] = useState<ChatError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const company = useCompany();

  useEffect(() => {
    if (token === null || shown?.token === token) return;
    let isOver = false;
    setProblem(null);
    const starting = startConsole({
      ...{ token, router, storage: localStorage },
      sessionEnded: () => {
        if (keeper.session.peek().token === token) keeper.end();
      },
      beginSession: (session) => keeper.begin(session.token, session.deviceToken),
      signOut: (api) => {
        void api.client.mutation("mutation { signOut }", {}).toPromise();
        keeper.end();
        setShown(null);
      },
    });
    starting.then(
      (next) => {
        if (isOver) return next.stop();
        setShown((before) => {
          before?.console.stop();
          return { token, console: next };
        });
      },
      (error: unknown) => {
        if (!isOver) setProblem(error instanceof ChatError ? error : new ChatError("UNKNOWN", String(error)));
      },
    );
    return () => {
      isOver = true;
    };
  }, [token, attempt]);

  useEffect(() => {
    document.title = company === null ? "Afterchat" : `${company} · Afterchat`;
  }, [company]);

  const form = (isEnded: boolean) => (
    <Lazy
      load={signIn}
      fallback={<Starting />}
      {...{ company, deviceToken, isEnded }}
      begin={(session) => keeper.begin(session.token, session.deviceToken)}
    />
  );
  if (shown === null) {
    if (token === null) return form(false);
    return problem === null ? <Starting /> : <NotStarted problem={problem} again={() => setAttempt(attempt + 1)} />;
  }
  return (
    <>
      <div class="whole" inert={token === null}>
        <Provider value={shown.console.api.client} key={shown.token}>
          <ConsoleContext.Provider value={shown.console}>
            <Shell>
              <Page router={router} />
            </Shell>
          </ConsoleContext.Provider>
        </Provider>
      </div>
      {token === null && <div class="over">{form(true)}</div>}
    </>
  );
}

function Page({ router }: { readonly router: Router }) {
  const route = router.route.value;
  return route.page === "inbox" ? <InboxPage {...route} /> : <LazyPage name={route.page} key={route.page} />;
}

function Starting() {
  return (
    <main class="starting" aria-busy="true" aria-label="Loading">
      <Mark size={30} />
    </main>
  );
}

function NotStarted({ problem, again }: { readonly problem: ChatError; readonly again: () => void }) {
  return (
    <main class="starting">
      <p role="alert" class="error">
        <Icon name="alert" />
        {describeProblem(problem)}
      </p>
      <button type="button" class="btn" onClick={again}>
        Try again
      </button>
    </main>
  );
}

/** The name of the company, which anybody may know. */
function useCompany(): string | null {
  const [company, setCompany] = useState<string | null>(null);
  useEffect(() => {
    const ask = { url: "/graphql", fetch: (...parts: Parameters<typeof fetch>) => fetch(...parts), token: null };
    request<{ website: { company: string } }, object>(ask, { text: "{ website { company } }" }, {}).then(
      ({ website }) => setCompany(website.company),
      // The form does without; signing in says what is wrong.
      () => {},
    );
  }, []);
  return company;
}
