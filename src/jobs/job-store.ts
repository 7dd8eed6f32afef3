/** Where Agenda stores the recurring jobs, chosen by the URL's scheme. The scheduler does not know which one it uses. */
import type { JobRepository } from "agenda";
import { openPostgresJobStore } from "./postgres-job-store.js";

/** One process's lock on a job, identified by name and time: Agenda's `lastModifiedBy` is overwritten by `every`. */
export interface JobLock {
  readonly jobName: string;
  /** By the store's clock, in whole milliseconds. */
  readonly lockedAt: Date;
}

export interface JobStore {
  readonly repository: JobRepository;
  /** The time by the store's clock. */
  now(): Promise<Date>;
  /** Moves a job's next run forward to `latest`. `false`: the job is locked, and its holder would undo this; try again. */
  bringForward(jobName: string, latest: Date): Promise<boolean>;
  /** Sets the lock's time to `lockedAt`. `false`: the lock is no longer held. */
  renewLock(lock: JobLock, lockedAt: Date): Promise<boolean>;
  /** Releases those of these locks that are still held; others are left alone. */
  releaseLocks(locks: readonly JobLock[]): Promise<void>;
  /** Waits for statements in progress and closes every connection. */
  close(): Promise<void>;
}

export interface JobStoreOptions {
  readonly jobsUrl: string;
  /** Shown in the store's list of connections. */
  readonly processName: string;
  /** Called for a connection that broke while idle. */
  readonly onConnectionError: (error: unknown) => void;
}

/**
 * Connects to the store and creates what Agenda needs in it.
 * @throws {Error} when the scheme is unknown or the store does not respond. The message names host and database, never user
 *   or password.
 */
export async function openJobStore(options: JobStoreOptions): Promise<JobStore> {
  const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(options.jobsUrl)?.[1]?.toLowerCase();
  switch (scheme) {
    case "postgres:":
    case "postgresql:":
      return await openPostgresJobStore(options);
    case "mongodb:":
    case "mongodb+srv:": {
      // Imported on demand: MongoDB's driver adds a third of a second to each start.
      const { openMongoJobStore } = await import("./mongo-job-store.js");
      return await openMongoJobStore(options);
    }
    default:
      throw new Error(
        `Jobs cannot be kept at ${scheme === undefined ? "a URL without a scheme" : `${scheme}//…`}: the URL has to begin with postgres://, postgresql://, mongodb:// or mongodb+srv://.`,
      );
  }
}
