import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { rateLimited } from "../errors.js";
import type { Services } from "../services.js";

const maxGuesses = 10;
const windowSeconds = 15 * 60;

// One limiter for each running program, which is what Services stand for; it goes with them.
const limiters = new WeakMap<Services, RateLimiterMemory>();

/**
 * Counts a guess at a password before it is looked at, so that many at once do not slip through; `forgiveGuesses` takes
 * the count back once one was right.
 * @throws RATE_LIMITED from the eleventh guess in 15 minutes on
 */
export async function countGuess(services: Services, key: string): Promise<void> {
  try {
    await limiterOf(services).consume(key);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) throw rateLimited(Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)));
    throw refusal;
  }
}

export async function forgiveGuesses(services: Services, key: string): Promise<void> {
  await limiterOf(services).delete(key);
}

function limiterOf(services: Services): RateLimiterMemory {
  const known = limiters.get(services);
  if (known !== undefined) return known;
  const limiter = new RateLimiterMemory({ points: maxGuesses, duration: windowSeconds });
  limiters.set(services, limiter);
  return limiter;
}
