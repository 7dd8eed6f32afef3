import { useEffect, useRef, useState } from "preact/hooks";
import { enterKey } from "./mailbox-api.js";
import { Icon, Mark } from "./parts/icon.js";
import { takeKey } from "./use-address.js";

/** Asks for the key, once for a browser. An address that has it, `/mailbox#key=…`, answers by itself. */
export function KeyForm({ onOpened }: { readonly onOpened: () => Promise<void> }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  const open = async (key: string): Promise<void> => {
    setBusy(true);
    const answered = await enterKey(key);
    if (answered.outcome === "ok") return onOpened();
    setProblem(answered.outcome === "failed" ? answered.message : "This is not the key.");
    setBusy(false);
    field.current?.focus();
    field.current?.select();
  };
  useEffect(() => {
    const key = takeKey();
    if (key !== null) void open(key);
    else field.current?.focus();
  }, []);

  return (
    <main class="key">
      <form
        class="win"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void open(field.current?.value ?? "");
        }}
      >
        <Mark size={30} />
        <h1>Mailbox</h1>
        <p class="quiet">Its key was printed when Afterchat started.</p>
        <label class="field">
          <span>Mailbox key</span>
          <input
            ref={field}
            class="input"
            type="password"
            name="key"
            autocomplete="off"
            required
            aria-invalid={problem !== null}
            aria-describedby={problem === null ? undefined : "key-problem"}
          />
        </label>
        {problem !== null && (
          <p class="error" id="key-problem" role="alert">
            <Icon name="alert" />
            {problem}
          </p>
        )}
        <button type="submit" class="btn primary" aria-disabled={isBusy}>
          Open
        </button>
      </form>
    </main>
  );
}
