import { useEffect, useState } from "preact/hooks";
import { ChatError } from "../../client/request.js";
import type { WebsiteSettingsQuery } from "../api/operations.generated.js";
import { describeProblem, useConsole } from "../app/console.js";
import { CopyScript } from "../parts/copy-script.js";
import { PageSheet } from "../parts/page.js";
import { Problem, SlowlyLoading } from "../parts/region.js";
import { age } from "../parts/times.js";
import { updateWebsite, website } from "./operations.js";

type Website = WebsiteSettingsQuery["website"];

const maxGreeting = 300;

/** How the chat presents itself, and where it is. */
export function Part() {
  const { api } = useConsole();
  const [shown, setShown] = useState<Website | null>(null);
  const [problem, setProblem] = useState<ChatError | null>(null);
  const read = () => {
    api.read(website, {}).then(
      (found) => {
        setShown(found.website);
        setProblem(null);
      },
      (error: unknown) => setProblem(error as ChatError),
    );
  };
  useEffect(() => {
    read();
  }, []);
  return (
    <PageSheet title="Website" about="How the chat presents itself to visitors, and where it was opened.">
      <div class="body">
        {shown === null ? (
          problem === null ? (
            <SlowlyLoading rows={2} />
          ) : (
            <Problem problem={problem} again={read} />
          )
        ) : (
          <div class="pair">
            <Look website={shown} changed={(change) => setShown({ ...shown, ...change })} />
            <Sightings website={shown} />
          </div>
        )}
      </div>
    </PageSheet>
  );
}

function Look({
  website: { greeting, accent },
  changed,
}: {
  readonly website: Website;
  readonly changed: (change: Pick<Website, "greeting" | "accent">) => void;
}) {
  const { api, notice } = useConsole();
  const [problem, setProblem] = useState<ChatError | null>(null);
  const [hasAccent, setHasAccent] = useState(accent !== null);
  const submit = (form: FormData) => {
    setProblem(null);
    const input = {
      greeting: String(form.get("greeting") ?? "").trim() || null,
      accent: hasAccent ? String(form.get("accent")) : null,
    };
    api.change(updateWebsite, { input }).then(
      ({ updateWebsite: next }) => {
        changed(next);
        notice.value = { words: "Saved. Visitors see it when they next open the chat.", isBad: false };
      },
      (error: unknown) => setProblem(error instanceof ChatError ? error : new ChatError("UNKNOWN", String(error))),
    );
  };
  return (
    <form
      class="card settings"
      onSubmit={(event) => {
        event.preventDefault();
        submit(new FormData(event.currentTarget));
      }}
    >
      <h2>Look</h2>
      <label class="field">
        <span>Greeting</span>
        <textarea
          class="input"
          name="greeting"
          rows={3}
          dir="auto"
          maxLength={maxGreeting}
          aria-invalid={problem?.field === "input.greeting"}
          value={greeting ?? ""}
        />
        <small class="hint">Under “Hello! How can we help?”. Empty: nothing.</small>
      </label>
      <label class="row small">
        <input
          type="checkbox"
          checked={hasAccent}
          onChange={({ currentTarget }) => setHasAccent(currentTarget.checked)}
        />
        A colour of our own
        {hasAccent && <input type="color" name="accent" aria-label="Colour" value={accent ?? "#0b5cad"} />}
      </label>
      <div role="alert">{problem !== null && <p class="error">{describeProblem(problem)}</p>}</div>
      <div class="acts">
        <button type="submit" class="btn primary">
          Save
        </button>
      </div>
    </form>
  );
}

function Sightings({ website: { seenOn } }: { readonly website: Website }) {
  const { clock } = useConsole();
  const now = clock.now.peek();
  return (
    <section class="card settings">
      <h2>Where it is</h2>
      {seenOn === null || seenOn.length === 0 ? (
        <p class="quiet small">The chat was not opened on any website yet.</p>
      ) : (
        <dl class="facts">
          {seenOn.map(({ origin, at }) => (
            <div key={origin} class="wide">
              <dt>
                <bdi>{origin}</bdi>
              </dt>
              <dd class="quiet">{age(at, now)}</dd>
            </div>
          ))}
        </dl>
      )}
      <div class="acts">
        <CopyScript className="btn" />
      </div>
    </section>
  );
}
