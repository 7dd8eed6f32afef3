import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { check } from "./check.js";
import { type ContractCase, type ContractStage, deliver } from "./harness.js";

/** What must not stay when a channel has been closed and its counterpart is gone. */
const watched = ["TCPSocketWrap", "TCPServerWrap", "PipeWrap", "ProcessWrap", "Timeout", "FSEventWrap", "UDPWrap"];
/** Sockets say goodbye for a moment. */
const graceMs = 2_500;
const pollIntervalMs = 25;

/** What the settings hold stays secret, and what was opened is closed. */
export function closingCases<Config, Address>(stage: ContractStage<Config, Address>): readonly ContractCase[] {
  return [
    {
      title: "shows no secret of its settings: in results, health, logs, notes, pages, addresses or what it stores",
      run: () =>
        stage.connected(async (setting) => {
          const { host, connection, counterpart, expectNoSecret } = setting;
          await deliver(setting, stage.outbound());
          const written = await counterpart.inbound?.message({ id: randomUUID(), text: "Hello" });
          if (written) await stage.post(setting, written);
          expectNoSecret(await connection.checkHealth(new AbortController().signal));
          expectNoSecret([host.logs, connection.startNotes, host.events]);
          expectNoSecret(stage.plugin.describeAddress(stage.goodAddress()));
          const open = [...host.entries].filter(([key]) => !host.encrypted.has(key));
          expectNoSecret(open);
          for (const [path, handler] of Object.entries(connection.routes ?? {})) {
            const parameters = Object.fromEntries([...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => [name, "x"]));
            const page = await handler(
              new Request(new URL(`channels/${stage.plugin.id}/x`, host.publicUrl)),
              parameters,
            );
            expectNoSecret([await page.text(), [...page.headers]]);
          }
        }),
    },
    {
      title: "leaves no connection, server, process or timer behind when it is closed",
      run: async () => {
        // What others have just closed is gone by then.
        await wait(2 * pollIntervalMs, undefined, { ref: false });
        const before = countResources();
        const timers = watchTimers();
        try {
          await stage.connected(async (setting) => {
            await deliver(setting, stage.outbound());
            await setting.connection.checkHealth(new AbortController().signal);
          });
          const leftBehind = () => [...timers.running(), ...more(before)];
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

function more(before: ReadonlyMap<string, number>): readonly string[] {
  const now = countResources();
  return watched.filter((kind) => (now.get(kind) ?? 0) > (before.get(kind) ?? 0));
}

/**
 * Those that keep no process alive are not among its resources, and go on all the same. Seen are the global functions,
 * which a plugin uses; the resources show the rest.
 */
function watchTimers(): { running(): readonly string[]; release(): void } {
  const { setInterval, clearInterval, setTimeout, clearTimeout } = globalThis;
  const running = new Map<unknown, { readonly clear: () => void; readonly setAt: string }>();
  const watch = (interval: unknown, clear: () => void) => {
    // Where it was set: the first line is this one, the next that of the wrapper.
    const [, , , setAt = ""] = new Error().stack?.split("\n") ?? [];
    running.set(interval, { clear, setAt: setAt.trim() });
    return interval;
  };
  const forget = <Timer>(clear: (timer: Timer) => void) => {
    return (timer: Timer) => {
      running.delete(timer);
      clear(timer);
    };
  };
  Object.assign(globalThis, {
    setInterval: (...given: Parameters<typeof setInterval>) => {
      const interval = setInterval(...given);
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
