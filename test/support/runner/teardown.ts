export default async function stopServer(): Promise<void> {
  const { testServers = [] } = globalThis as { testServers?: (() => Promise<void>)[] };
  for (const stop of testServers.reverse()) await stop();
}
