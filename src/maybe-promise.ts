/** Known at once, or on its way: callers that can go on synchronously save a promise on every row of a list. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with the value, at once where it is known. */
export function whenLoaded<T, Result>(
  loaded: MaybePromise<T>,
  next: (value: T) => MaybePromise<Result>,
): MaybePromise<Result> {
  return loaded instanceof Promise ? loaded.then(next) : next(loaded);
}
