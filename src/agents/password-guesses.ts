import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { rateLimited } from "../errors.js";
import type { Services } from "../services.js";

const maxGuesses = 10;
const windowSeconds = 15 * 60;

// One limiter for each running program, which is identified by its Services.
const limiters = new WeakMap<Services, RateLimiterMemory>();

/**
 * Counts a password guess. Must be called before the password is verified, so that concurrent guesses are limited too;
 * call `resetGuesses` after a correct one.
 * @throws RATE_LIMITED from the eleventh guess in 15 minutes on
 */
export async function countGuess(services: Services, key: string): Promise<void> {
  try {
    await limiterOf(services).consume(key);
  } catch (error) {
    if (error instanceof RateLimiterRes) throw rateLimited(Math.max(1, Math.ceil(error.msBeforeNext / 1_000)));
    throw error;
  }
}

export async function resetGuesses(services: Services, key: string): Promise<void> {
  await limiterOf(services).delete(key);
}

function limiterOf(services: Services): RateLimiterMemory {
  const existing = limiters.get(services);
  if (existing !== undefined) return existing;
  const limiter = new RateLimiterMemory({ points: maxGuesses, duration: windowSeconds });
  limiters.set(services, limiter);
  return limiter;
}
