/** Returns a function that says how much CPU time this thread has spent since, in milliseconds: on a busy machine less than has passed. */
export function measureCpu(): () => number {
  const before = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  };
}
