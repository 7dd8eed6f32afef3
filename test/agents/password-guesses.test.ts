import "reflect-metadata";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { changePassword } from "../../src/agents/change-password.js";
import { removeAgent } from "../../src/agents/remove-agent.js";
import { type SignInInput, signIn } from "../../src/agents/sign-in.js";
import { updateAgent } from "../../src/agents/update-agent.js";
import { progressiveDelays, rateLimits } from "../../src/limits/limit-table.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { addAgent, agentViewer } from "../support/services/fixtures.js";
import { refusal } from "../support/services/refusal.js";

const ofAccount = progressiveDelays.wrongPasswordsForAccount.free;
const ofDevice = progressiveDelays.wrongPasswordsOfDevice.free;
const ofNetwork = rateLimits.wrongPasswordsOfNetwork;

let one: TestServices;
/** Another process on the same database. */
let other: TestServices;
let nowMs = 1_800_000_000_000;
let networks = 0;

beforeAll(async () => {
  one = await createServices();
  other = await one.join();
});
beforeEach(() => void jest.spyOn(Date, "now").mockImplementation(() => nowMs));
afterEach(() => void jest.restoreAllMocks());
afterAll(() => one.stop());

/** An address in a network from which nobody has guessed. */
function address(): string {
  networks += 1;
  return `10.${networks >> 8}.${networks & 255}.1`;
}

/** The code of the refusal; null if it succeeds. */
async function codeOf(promise: Promise<unknown>): Promise<string | null> {
  let succeeded = false;
  const watched = promise.then((value) => {
    succeeded = true;
    return value;
  });
  const refused = await refusal(watched).catch((error) => {
    if (succeeded) return null;
    throw error;
  });
  return refused?.code ?? null;
}

const attempt = (process: TestServices, input: SignInInput, from: string) =>
  codeOf(signIn(process.services, input, from));

/** Wrong ones, each from a network of its own unless one is named. */
async function guess(
  email: string,
  times: number,
  { from, deviceToken }: { from?: string; deviceToken?: string } = {},
) {
  const codes: (string | null)[] = [];
  for (let index = 0; index < times; index += 1) {
    const process = index % 2 === 0 ? one : other;
    codes.push(await attempt(process, { email, password: `guess ${index}`, deviceToken }, from ?? address()));
  }
  return codes;
}

function count(codes: readonly (string | null)[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[String(code)] = (counts[String(code)] ?? 0) + 1;
  return counts;
}

describe("Guesses at one account", () => {
  test("from 30 networks, at the same time and to two processes, are ten; also for an account that does not exist", async () => {
    const { email } = await addAgent(one);
    for (const guessed of [email, "nobody@example.com"]) {
      const guesses = Array.from({ length: 30 }, address).map((from, index) =>
        attempt(index % 2 === 0 ? one : other, { email: guessed, password: `guess ${index}` }, from),
      );
      expect(count(await Promise.all(guesses))).toEqual({ UNAUTHENTICATED: ofAccount, RATE_LIMITED: 30 - ofAccount });
    }
  });

  test("are one after each pause, which doubles; the right password, too, waits for its end", async () => {
    const { email, password } = await addAgent(one);
    expect(count(await guess(email, ofAccount))).toEqual({ UNAUTHENTICATED: ofAccount });
    for (const seconds of [5, 10, 20]) {
      expect(await refusal(signIn(one.services, { email, password }, address()))).toEqual({
        code: "RATE_LIMITED",
        retryAfterSeconds: seconds,
      });
      nowMs += seconds * 1_000 - 1;
      expect(await guess(email, 1)).toEqual(["RATE_LIMITED"]);
      nowMs += 1;
      expect(await guess(email, 2)).toEqual(["UNAUTHENTICATED", "RATE_LIMITED"]);
    }
    nowMs += 40_000;
    expect(await attempt(other, { email, password }, address())).toBeNull();
    // The right one begins anew.
    expect(count(await guess(email, ofAccount + 1))).toEqual({ UNAUTHENTICATED: ofAccount, RATE_LIMITED: 1 });
  });

  test("count for it however its address is written", async () => {
    const { email } = await addAgent(one);
    const spellings = [email.toUpperCase(), ` ${email}`, `${email}\n`, email];
    const codes: (string | null)[] = [];
    for (let index = 0; index < 2 * ofAccount; index += 1) {
      codes.push(await attempt(one, { email: spellings[index % 4] ?? email, password: "wrong" }, address()));
    }
    expect(count(codes)).toEqual({ UNAUTHENTICATED: ofAccount, RATE_LIMITED: ofAccount });
  });
});

describe("Guesses from one network", () => {
  test("at 60 accounts are 50 in 15 minutes, at the same time and to two processes", async () => {
    const from = address();
    const guesses = Array.from({ length: 60 }, (_, index) =>
      attempt(index % 2 === 0 ? one : other, { email: `agent${index}@elsewhere.example`, password: "password" }, from),
    );
    const codes = count(await Promise.all(guesses));
    expect(codes).toEqual({ UNAUTHENTICATED: ofNetwork.points, RATE_LIMITED: 60 - ofNetwork.points });
    const { email, password } = await addAgent(one);
    expect(await attempt(one, { email, password }, from)).toBe("RATE_LIMITED");
    expect(await attempt(one, { email, password }, address())).toBeNull();
    nowMs += ofNetwork.seconds * 1_000 + 1;
    expect(await attempt(one, { email, password }, from)).toBeNull();
  });

  test("are counted for the /64 of an IPv6 address", async () => {
    const codes: (string | null)[] = [];
    for (let index = 0; index < ofNetwork.points + 5; index += 1) {
      const from = `2001:db8:1:1::${index.toString(16)}`;
      codes.push(await attempt(one, { email: `agent${index}@v6.example`, password: "password" }, from));
    }
    expect(count(codes)).toEqual({ UNAUTHENTICATED: ofNetwork.points, RATE_LIMITED: 5 });
    const { email, password } = await addAgent(one);
    expect(await attempt(one, { email, password }, "2001:db8:1:2::1")).toBeNull();
  });

  test("do not count when they are right: 60 agents of an office sign in twice, and 40 of them mistype", async () => {
    const from = address();
    const staff = await Promise.all(Array.from({ length: 60 }, () => addAgent(one)));
    for (const round of [0, 1]) {
      const codes = staff.map(async ({ email, password }, index) => {
        if (round === 0 && index < 40) {
          expect(await attempt(one, { email, password: "mistyped" }, from)).toBe("UNAUTHENTICATED");
        }
        return attempt(index % 2 === 0 ? one : other, { email, password }, from);
      });
      expect(count(await Promise.all(codes))).toEqual({ null: 60 });
    }
  });

  test("do not count during the pause of an account, when nothing is verified", async () => {
    const { email } = await addAgent(one);
    await guess(email, ofAccount);
    const from = address();
    expect(count(await guess(email, 2 * ofNetwork.points, { from }))).toEqual({ RATE_LIMITED: 2 * ofNetwork.points });
    const colleague = await addAgent(one);
    expect(await attempt(one, { email: colleague.email, password: colleague.password }, from)).toBeNull();
  });
});

describe("A device that has signed in before", () => {
  async function signedIn() {
    const agent = await addAgent(one);
    const { deviceToken } = await signIn(one.services, { email: agent.email, password: agent.password }, address());
    return { ...agent, deviceToken };
  }

  test("signs in while strangers guess at the account, and from a network that has guessed too often", async () => {
    const { email, password, deviceToken } = await signedIn();
    const from = address();
    for (let index = 0; index < ofNetwork.points; index += 1) {
      await attempt(one, { email: `agent${index}@elsewhere.example`, password: "password" }, from);
    }
    await guess(email, ofAccount);
    expect(await attempt(one, { email, password }, from)).toBe("RATE_LIMITED");
    expect(await attempt(one, { email, password }, address())).toBe("RATE_LIMITED");
    for (const process of [one, other]) {
      expect(await attempt(process, { email, password, deviceToken }, from)).toBeNull();
    }
    // That ends no pause of strangers.
    expect(await guess(email, 1)).toEqual(["RATE_LIMITED"]);
  });

  test("has limits of its own, which hold nobody else up", async () => {
    const { email, password, deviceToken } = await signedIn();
    const codes = await guess(email, 2 * ofDevice, { deviceToken });
    expect(count(codes)).toEqual({ UNAUTHENTICATED: ofDevice, RATE_LIMITED: ofDevice });
    expect(await attempt(one, { email, password, deviceToken }, address())).toBe("RATE_LIMITED");
    const second = await signIn(one.services, { email, password }, address());
    expect(await attempt(one, { email, password, deviceToken: second.deviceToken }, address())).toBeNull();
    nowMs += 5_000;
    expect(await attempt(one, { email, password, deviceToken }, address())).toBeNull();
  });

  test("goes on being this device when it signs in again", async () => {
    const { email, password, deviceToken } = await signedIn();
    const { deviceToken: renewed } = await signIn(one.services, { email, password, deviceToken }, address());
    await guess(email, ofDevice, { deviceToken });
    expect(await attempt(one, { email, password, deviceToken: renewed }, address())).toBe("RATE_LIMITED");
  });

  test("is a stranger to other accounts, after a change of the password, and after a year", async () => {
    const { agent, email, password, deviceToken } = await signedIn();
    const colleague = await signedIn();
    await guess(email, ofAccount);
    await guess(colleague.email, ofAccount);
    expect(await attempt(one, { email: colleague.email, password, deviceToken }, address())).toBe("RATE_LIMITED");

    one.clock.advance(365 * 86_400_000 - 1_000);
    expect(await attempt(one, { email, password, deviceToken }, address())).toBeNull();
    one.clock.advance(1_000);
    expect(await attempt(one, { email, password, deviceToken }, address())).toBe("RATE_LIMITED");

    // The same one again: it is hashed with another salt.
    await updateAgent(one.services, { agentId: agent.id, password });
    one.clock.advance(-1_000);
    expect(await attempt(one, { email, password, deviceToken }, address())).toBe("RATE_LIMITED");
  });

  test("of an agent who was removed is a stranger to whoever has the address next", async () => {
    const { agent, email, password, deviceToken } = await signedIn();
    await removeAgent(one.services, agent.id);
    await guess(email, ofAccount);
    expect(await attempt(one, { email, password, deviceToken }, address())).toBe("RATE_LIMITED");
  });

  test.each([
    "",
    "x",
    "x".repeat(1_000_000),
    `${"a".repeat(47)}-${"z".repeat(11)}`,
    "\0\ud800-1",
    "-1",
    `${"a".repeat(100)}-`,
  ])("is nobody with a token that is none (%#)", async (deviceToken) => {
    const { email, password } = await addAgent(one);
    await guess(email, ofAccount);
    expect(await attempt(one, { email, password, deviceToken }, address())).toBe("RATE_LIMITED");
  });

  test("is nobody with a token that was changed in one character", async () => {
    const { email, password, deviceToken } = await signedIn();
    await guess(email, ofAccount);
    for (let position = 0; position < deviceToken.length; position += 5) {
      const changed = `${deviceToken.slice(0, position)}${deviceToken[position] === "b" ? "c" : "b"}${deviceToken.slice(position + 1)}`;
      expect(await attempt(one, { email, password, deviceToken: changed }, address())).toBe("RATE_LIMITED");
    }
    expect(await attempt(one, { email, password, deviceToken }, address())).toBeNull();
  });
});

describe("Guesses at the current password, when it is changed", () => {
  test("are ten in a session, and hold up neither other sessions nor signing in", async () => {
    const { email, password } = await addAgent(one);
    const found = await signIn(one.services, { email, password }, address());
    const own = await signIn(one.services, { email, password }, address());
    const viewer = await agentViewer(one, found.token);
    const change = (process: TestServices, current: string) =>
      codeOf(changePassword(process.services, viewer, { current, next: "battery staple" }));
    const guesses = Array.from({ length: 15 }, (_, index) => change(index % 2 === 0 ? one : other, `guess ${index}`));
    expect(count(await Promise.all(guesses))).toEqual({ BAD_USER_INPUT: 10, RATE_LIMITED: 5 });
    expect(await change(one, password)).toBe("RATE_LIMITED");
    expect(await attempt(one, { email, password }, address())).toBeNull();
    const changed = await changePassword(one.services, await agentViewer(one, own.token), {
      current: password,
      next: "battery staple",
    });
    await guess(email, ofAccount);
    const { deviceToken } = changed;
    expect(await attempt(one, { email, password: "battery staple", deviceToken }, address())).toBeNull();
    expect(await attempt(one, { email, password: "battery staple", deviceToken: own.deviceToken }, address())).toBe(
      "RATE_LIMITED",
    );
  });

  test("are possible again after the pause", async () => {
    const { email, password } = await addAgent(one);
    const { token } = await signIn(one.services, { email, password }, address());
    const viewer = await agentViewer(one, token);
    const change = (current: string) =>
      codeOf(changePassword(one.services, viewer, { current, next: "battery staple" }));
    for (let index = 0; index < 10; index += 1) expect(await change(`guess ${index}`)).toBe("BAD_USER_INPUT");
    nowMs += 4_999;
    expect(await change(password)).toBe("RATE_LIMITED");
    nowMs += 1;
    expect(await change(password)).toBeNull();
  });
});
