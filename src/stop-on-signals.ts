/** A signal that comes this long after the first was meant as a second one. */
const insistenceMs = 500;

/** Aborts at the first SIGTERM, SIGINT or SIGHUP (the terminal is gone), after `onStop`; a later one ends the process at once. */
export function stopOnSignals(onStop: (signal: NodeJS.Signals) => void = () => {}): AbortSignal {
  const controller = new AbortController();
  let since = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      // Whoever sends it again does not want to wait. npm passes the terminal's Ctrl-C on at once: that is no second one.
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
