const lookEveryMs = 500;

/**
 * npm runs commands in a shell and passes SIGTERM on to that alone, which ends and leaves what it ran behind: whoever
 * ends `npx afterchat` would leave the program and its database running. So this process stops when its parent is gone.
 */
export function stopWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, lookEveryMs);
  timer.unref();
}
