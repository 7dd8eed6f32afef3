import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** What is loaded when it is first shown: a module whose `Part` it is. */
export function Lazy<Props extends object>({
  load,
  ...props
}: { readonly load: () => Promise<{ readonly Part: ComponentType<Props> }> } & Props) {
  const [Part, setPart] = useState<ComponentType<Props> | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    load().then(({ Part: loaded }) => setPart(() => loaded), setProblem);
  }, [load]);
  if (problem !== null) return <p class="problem">This part could not be loaded. Reload the page.</p>;
  return Part === null ? null : <Part {...(props as unknown as Props)} />;
}
