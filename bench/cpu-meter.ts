/**
 * Preloaded into every server that is measured: tells its parent how much CPU time it has used, in microseconds.
 * The threads of libuv and V8 are in it, other processes (PostgreSQL) are not.
 */
process.on("message", (message) => {
  if (message !== "cpu") return;
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicroseconds: user + system });
});
// The server ends when it is told to, not when nobody asks any more.
process.channel?.unref();
// A measurement that is broken off leaves no server behind.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
