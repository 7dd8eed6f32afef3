/**
 * Preloaded into every measured server: reports to its parent how much CPU time it has used, in microseconds, including
 * the threads of libuv and V8 but not other processes (PostgreSQL).
 */
process.on("message", (message) => {
  if (message !== "cpu") return;
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicroseconds: user + system });
});
// The open channel to the parent must not keep the server alive.
process.channel?.unref();
// An interrupted measurement must leave no server behind.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
