/** A signal counts as a second one if it comes this long after the first. */
const insistenceMs = 500;

/** Aborts at the first SIGTERM, SIGINT or SIGHUP (terminal closed), after `onStop`; a second one exits immediately. */
export function stopOnSignals(onStop: (signal: NodeJS.Signals) => void = () => {}): AbortSignal {
  const controller = new AbortController();
  let since = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      // A second signal means: do not wait. npm forwards the terminal's Ctrl-C immediately, which is not a second one.
      if (performance.now() - since > insistenceMs) process.exit(1);
      return;
    }
    since = performance.now();
    onStop(signal);
    controller.abort();
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, onSignal);
  return controller.signal;
}
