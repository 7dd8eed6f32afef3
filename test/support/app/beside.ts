import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** How long each call took, in milliseconds. */
export type Times = readonly number[];

/** Does the same again and again, one after the other, as long as `attack` goes on, and once more after it; it must not fail. */
export async function beside(attack: Promise<unknown>, work: () => Promise<void>): Promise<Times> {
  const times: number[] = [];
  let isOver = false;
  const over = attack.finally(() => {
    isOver = true;
  });
  over.catch(() => undefined);
  for (let last = false; !last; ) {
    last = isOver;
    const beganAt = performance.now();
    await work();
    times.push(performance.now() - beganAt);
    // Lets the attack go on in this process, too.
    await new Promise((resume) => setTimeout(resume, 10));
  }
  await over;
  return times;
}

/**
 * The median of the time that `/health` takes beside an attack, in milliseconds, without what the attack itself costs in this process:
 * that is measured by a server here, which nobody attacks.
 */
export async function healthBeside(attack: Promise<unknown>, url: string): Promise<number> {
  const idle = createServer((_request, response) => response.end());
  await once(idle.listen(0, "127.0.0.1"), "listening");
  const own = `http://127.0.0.1:${(idle.address() as AddressInfo).port}`;
  const timeOf = async (address: string): Promise<number> => {
    const beganAt = performance.now();
    const response = await fetch(address);
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${address} answered ${response.status}`);
    return performance.now() - beganAt;
  };
  const [attacked, idled]: [number[], number[]] = [[], []];
  try {
    await beside(attack, async () => {
      const [there, here] = await Promise.all([timeOf(`${url}/health`), timeOf(own)]);
      attacked.push(there);
      idled.push(here);
    });
  } finally {
    idle.closeAllConnections();
    await new Promise((closed) => idle.close(closed));
  }
  return Math.max(0, median(attacked) - median(idled));
}

export function median(values: Times): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
