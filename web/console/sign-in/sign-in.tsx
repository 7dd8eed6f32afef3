import { useEffect, useRef, useState } from "preact/hooks";
import { ChatError, request } from "../../client/request.js";
import { Icon, Mark } from "../../theme/icon.js";
import { countdown } from "../parts/times.js";

const signInText = /* GraphQL */ `mutation SignIn($input: SignInInput!) { signIn(input: $input) { token deviceToken } }`;
interface Session {
  readonly token: string;
  readonly deviceToken: string;
}

/** Asks for an agent's email and password. `isEnded`: a session has just ended, and the page behind is kept. */
export function Part({
  company,
  deviceToken,
  isEnded,
  begin,
}: {
  readonly company: string | null;
  readonly deviceToken: string | null;
  readonly isEnded: boolean;
  readonly begin: (session: Session) => void;
}) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [waitUntil, setWaitUntil] = useState<number | null>(null);
  const left = useCountdown(waitUntil);
  const email = useRef<HTMLInputElement>(null);
  useEffect(() => email.current?.focus(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem(null);
    try {
      const input = {
        email: String(form.get("email")),
        password: String(form.get("password")),
        ...(deviceToken !== null && { deviceToken }),
      };
      const ask = { url: "/graphql", fetch: (...parts: Parameters<typeof fetch>) => fetch(...parts), token: null };
      const { signIn } = await request<{ signIn: Session }, object>(ask, { text: signInText }, { input });
      begin(signIn);
    } catch (error) {
      setBusy(false);
      if (!(error instanceof ChatError)) throw error;
      if (error.retryAfterSeconds !== null) setWaitUntil(performance.now() + error.retryAfterSeconds * 1000);
      setProblem(describe(error));
    }
  };
  const isWaiting = left !== null;
  const words = isWaiting ? `Too many tries. Try again in ${countdown(left)}.` : problem;
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event as unknown as SubmitEvent)}>
        <Mark size={30} />
        <h1>{company === null ? "Sign in" : `Sign in to ${company}`}</h1>
        <p class="quiet">
          {isEnded
            ? "Your session has ended. What you were writing is kept."
            : "The first password was printed when Afterchat started."}
        </p>
        <label class="field">
          <span>Email</span>
          <input
            ref={email}
            class="input"
            name="email"
            type="email"
            autocomplete="username"
            required
            maxLength={254}
            aria-describedby={words === null ? undefined : "sign-in-problem"}
          />
        </label>
        <label class="field">
          <span>Password</span>
          <input
            class="input"
            name="password"
            type="password"
            autocomplete="current-password"
            required
            maxLength={200}
            aria-invalid={problem !== null}
            aria-describedby={words === null ? undefined : "sign-in-problem"}
          />
        </label>
        <div role="alert">
          {words !== null && (
            <p class="error" id="sign-in-problem">
              <Icon name="alert" />
              <span class="num">{words}</span>
            </p>
          )}
        </div>
        <button class="btn primary" type="submit" disabled={isBusy || isWaiting}>
          {isBusy ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}

function describe({ code, message }: ChatError): string {
  if (code === "UNREACHABLE") return "The server does not answer. Try again in a moment.";
  if (code === "UNAUTHENTICATED") return "Email or password is wrong";
  return message;
}

/** Milliseconds until then; null once it is over. */
function useCountdown(until: number | null): number | null {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    if (until === null) return;
    setNow(performance.now());
    const timer = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return until === null || until <= now ? null : until - now;
}
