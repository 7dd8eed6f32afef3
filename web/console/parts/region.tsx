import { useEffect, useState } from "preact/hooks";
import type { ChatError } from "../../client/request.js";
import { Icon } from "../../theme/icon.js";
import { describeProblem } from "../app/console.js";

/** What could not be loaded says so where it would be. */
export function Problem({ problem, again }: { readonly problem: ChatError; readonly again: () => void }) {
  return (
    <div class="problem" role="alert">
      <Icon name="alert" />
      <span class="grow">{describeProblem(problem)}</span>
      <button type="button" class="btn less" onClick={again}>
        Try again
      </button>
    </div>
  );
}

const patienceMs = 300;

/** Grey rows, once it takes long enough to be noticed. */
export function SlowlyLoading({ rows }: { readonly rows: number }) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="loading" aria-busy="true">
      {isSlow && Array.from({ length: rows }, (_, index) => <i key={index} />)}
    </div>
  );
}
