import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { check } from "./check.js";
import { type ContractCase, type ContractHarness, deliver } from "./harness.js";

/** Resources that must not remain after a channel was closed and its vendor stopped. */
const watchedResources = [
  "TCPSocketWrap",
  "TCPServerWrap",
  "PipeWrap",
  "ProcessWrap",
  "Timeout",
  "FSEventWrap",
  "UDPWrap",
];
/** Sockets take a moment to close. */
const graceMs = 2_500;
const pollIntervalMs = 25;

/** Secrets in the settings stay secret, and everything that was opened is closed. */
export function closingCases<Config, Address>(harness: ContractHarness<Config, Address>): readonly ContractCase[] {
  return [
    {
      title: "reveals no secret from its settings in results, health, logs, notes, pages, addresses or stored values",
      run: () =>
        harness.withChannel(async (channel) => {
          const { host, connection, vendor, expectNoSecret } = channel;
          await deliver(channel, harness.outbound());
          const request = await vendor.inbound?.message({ id: randomUUID(), text: "Hello" });
          if (request) await harness.post(channel, request);
          expectNoSecret(await connection.checkHealth(new AbortController().signal));
          expectNoSecret([host.logs, connection.startNotes, host.events]);
          expectNoSecret(harness.plugin.describeAddress(harness.goodAddress()));
          const unencrypted = [...host.entries].filter(([key]) => !host.encrypted.has(key));
          expectNoSecret(unencrypted);
          for (const [path, handler] of Object.entries(connection.routes ?? {})) {
            const parameters = Object.fromEntries([...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => [name, "x"]));
            const page = await handler(
              new Request(new URL(`channels/${harness.plugin.id}/x`, host.publicUrl)),
              parameters,
            );
            expectNoSecret([await page.text(), [...page.headers]]);
          }
        }),
    },
    {
      title: "leaves no connection, server, process or timer behind when it is closed",
      run: async () => {
        // Gives what earlier tests have just closed time to disappear.
        await wait(2 * pollIntervalMs, undefined, { ref: false });
        const before = countResources();
        const timers = watchTimers();
        try {
          await harness.withChannel(async (channel) => {
            await deliver(channel, harness.outbound());
            await channel.connection.checkHealth(new AbortController().signal);
          });
          const leftBehind = () => [...timers.running(), ...addedResources(before)];
          for (let waitedMs = 0; leftBehind().length > 0 && waitedMs < graceMs; waitedMs += pollIntervalMs) {
            await wait(pollIntervalMs, undefined, { ref: false });
          }
          check(leftBehind().length === 0, "close must end what the channel opened.", ...leftBehind());
        } finally {
          timers.release();
        }
      },
    },
  ];
}

function countResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function addedResources(before: ReadonlyMap<string, number>): readonly string[] {
  const now = countResources();
  return watchedResources.filter((kind) => (now.get(kind) ?? 0) > (before.get(kind) ?? 0));
}

/**
 * Tracks timers by replacing the global functions, which plugins use: a timer that is unref'd runs on, but is not among
 * the process's active resources.
 */
function watchTimers(): { running(): readonly string[]; release(): void } {
  const { setInterval, clearInterval, setTimeout, clearTimeout } = globalThis;
  const running = new Map<unknown, { readonly clear: () => void; readonly setAt: string }>();
  const watch = (timer: unknown, clear: () => void) => {
    // The stack is: the message, this function, the replaced function, then the caller.
    const [, , , setAt = ""] = new Error().stack?.split("\n") ?? [];
    running.set(timer, { clear, setAt: setAt.trim() });
    return timer;
  };
  const forget = <Timer>(clear: (timer: Timer) => void) => {
    return (timer: Timer) => {
      running.delete(timer);
      clear(timer);
    };
  };
  Object.assign(globalThis, {
    setInterval: (...parameters: Parameters<typeof setInterval>) => {
      const interval = setInterval(...parameters);
      return watch(interval, () => clearInterval(interval));
    },
    setTimeout: (callback: (...values: unknown[]) => void, afterMs?: number, ...values: unknown[]) => {
      const timer = setTimeout(() => {
        running.delete(timer);
        callback(...values);
      }, afterMs);
      return watch(timer, () => clearTimeout(timer));
    },
    clearInterval: forget(clearInterval),
    clearTimeout: forget(clearTimeout),
  });
  return {
    running: () => [...running.values()].map(({ setAt }) => setAt),
    release: () => {
      Object.assign(globalThis, { setInterval, clearInterval, setTimeout, clearTimeout });
      for (const { clear } of running.values()) clear();
    },
  };
}
