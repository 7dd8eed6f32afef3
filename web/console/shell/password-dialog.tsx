import { useState } from "preact/hooks";
import { ChatError } from "../../client/request.js";
import { describeProblem, useConsole } from "../app/console.js";
import { Dialog } from "../parts/dialog.js";
import { changePassword } from "../team/operations.js";

/** An agent's own password. */
export function Part({ close }: { readonly close: () => void }) {
  const { api, beginSession } = useConsole();
  const [problem, setProblem] = useState<ChatError | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = (form: FormData) => {
    setBusy(true);
    setProblem(null);
    const input = { current: String(form.get("current") ?? ""), next: String(form.get("next") ?? "") };
    api.change(changePassword, { input }).then(
      ({ changePassword: session }) => {
        close();
        beginSession(session);
      },
      (error: unknown) => {
        setBusy(false);
        setProblem(error instanceof ChatError ? error : new ChatError("UNKNOWN", String(error)));
      },
    );
  };
  return (
    <Dialog title="Change your password" close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit(new FormData(event.currentTarget));
        }}
      >
        <label class="field">
          <span>Present password</span>
          <input
            class="input"
            name="current"
            type="password"
            autocomplete="current-password"
            required
            maxLength={200}
            aria-invalid={problem?.field === "input.current"}
          />
        </label>
        <label class="field">
          <span>New password</span>
          <input
            class="input"
            name="next"
            type="password"
            autocomplete="new-password"
            required
            minLength={8}
            maxLength={200}
            aria-invalid={problem?.field === "input.next"}
          />
          <small class="hint">At least 8 characters. Your sessions on other devices end.</small>
        </label>
        <div role="alert">{problem !== null && <p class="error">{describeProblem(problem)}</p>}</div>
        <div class="acts">
          <button type="button" class="btn" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="btn primary" disabled={isBusy}>
            Change
          </button>
        </div>
      </form>
    </Dialog>
  );
}
