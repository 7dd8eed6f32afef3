import type { ComponentChild, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";

/** What is loaded when it is first shown: a module whose `Part` it is. `fallback`: until it is there. */
export function Lazy<Props extends object>({
  load,
  fallback = null,
  ...props
}: {
  readonly load: () => Promise<{ readonly Part: ComponentType<Props> }>;
  readonly fallback?: ComponentChild;
} & Props) {
  const [Part, setPart] = useState<ComponentType<Props> | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const start = () => {
    setFailed(false);
    load().then(
      ({ Part: loaded }) => setPart(() => loaded),
      () => setFailed(true),
    );
  };
  useEffect(start, [load]);
  if (hasFailed) {
    return (
      <div class="problem" role="alert">
        <Icon name="cloudOff" />
        <span class="grow">This part could not be loaded.</span>
        <button type="button" class="btn less" onClick={start}>
          Try again
        </button>
      </div>
    );
  }
  return Part === null ? fallback : <Part {...(props as unknown as Props)} />;
}
