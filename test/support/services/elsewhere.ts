import { AsyncLocalStorage } from "node:async_hooks";

/** Runs what another process would do in the middle of a transaction of this one, on a connection of its own. */
export const elsewhere = AsyncLocalStorage.snapshot();
