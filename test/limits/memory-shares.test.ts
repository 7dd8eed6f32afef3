import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type MemoryShare, MemoryShares } from "../../src/limits/memory-shares.js";

/** Shares by name, and those that had to give way, in order. */
class Recorder {
  readonly gaveUp: string[] = [];
  readonly #shares: MemoryShares;

  constructor(maxBytes: number) {
    this.#shares = new MemoryShares(maxBytes);
  }

  open(name: string, group = "messenger", network = "192.0.2.1"): MemoryShare {
    return this.#shares.open(group, network, () => this.gaveUp.push(name));
  }
}

describe("Memory", () => {
  test("may be used by one alone up to its limit, and again once it is given back", () => {
    const share = new Recorder(100).open("a");
    expect([share.add(100), share.add(1)]).toEqual([true, false]);
    share.close();
    share.close();
    expect(share.add(1)).toBe(false);
  });

  test("is taken from the network with the most when another needs it, from its newest first", () => {
    const recorder = new Recorder(100);
    const [first, second] = [recorder.open("first"), recorder.open("second")];
    first.add(50);
    second.add(50);
    expect(recorder.open("other", "messenger", "192.0.2.2").add(10)).toBe(true);
    expect(recorder.gaveUp).toEqual(["second"]);
    expect([first.add(40), second.add(1)]).toEqual([true, false]);
  });

  test("is refused to the newest of the network with the most, so that its first come to an end", () => {
    const recorder = new Recorder(100);
    const [first, second] = [recorder.open("first"), recorder.open("second")];
    expect([first.add(60), second.add(50), first.add(40)]).toEqual([true, false, true]);
    expect(recorder.gaveUp).toEqual([]);
  });

  test("for one channel is not taken by another, however many networks send to it", () => {
    const recorder = new Recorder(100);
    for (let network = 0; network < 20; network += 1)
      recorder.open(`flood ${network}`, "email", `192.0.2.${network}`).add(5);
    const honest = recorder.open("honest", "messenger", "198.51.100.1");
    for (let piece = 0; piece < 4; piece += 1) expect(honest.add(10)).toBe(true);
    expect(recorder.gaveUp.length).toBe(8);
    expect(recorder.gaveUp).not.toContain("honest");
  });

  test("never exceeds its limit, and who holds no more than an equal part of it is never refused", () => {
    const use = fc.record({
      peer: fc.integer({ min: 0, max: 4 }),
      bytes: fc.integer({ min: 1, max: 60 }),
      closes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 60 }), (uses) => {
        const held = new Map<number, number>();
        const open = new Map<number, MemoryShare>();
        const shares = new MemoryShares(100);
        for (const { peer, bytes, closes } of uses) {
          const share =
            open.get(peer) ??
            shares.open("api", String(peer), () => {
              // An equal part of five would never have to give way.
              expect(held.get(peer) ?? 0).toBeGreaterThan(100 / 5);
              held.delete(peer);
              open.delete(peer);
            });
          open.set(peer, share);
          const wanted = (held.get(peer) ?? 0) + bytes;
          if (share.add(bytes)) held.set(peer, wanted);
          else expect(wanted).toBeGreaterThan(100 / 5);
          if (closes) {
            share.close();
            held.delete(peer);
            open.delete(peer);
          }
          expect([...held.values()].reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
