const pollIntervalMs = 500;

/**
 * npm runs commands in a shell and sends SIGTERM only to that shell, which exits and leaves its children behind: stopping
 * `npx afterchat` would leave the program and its database running. So this process stops when its parent has exited.
 */
export function stopWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, pollIntervalMs);
  timer.unref();
}
