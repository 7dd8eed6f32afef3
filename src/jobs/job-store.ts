/** Where Agenda keeps the recurring jobs: chosen by the URL's scheme, the same to the scheduler whichever it is. */
import type { JobRepository } from "agenda";
import { openPostgresJobStore } from "./postgres-job-store.js";

/** One process's hold on a job. Name and time identify it: Agenda's `lastModifiedBy` does not, `every` overwrites it. */
export interface JobLock {
  readonly jobName: string;
  /** By the store's clock, whole milliseconds. */
  readonly lockedAt: Date;
}

export interface JobStore {
  readonly repository: JobRepository;
  /** The time by the store's clock. */
  now(): Promise<Date>;
  /** Brings a job's next run forward to `latest`. `false`: it is locked, and its holder would undo this; ask again. */
  bringForward(jobName: string, latest: Date): Promise<boolean>;
  /** Moves the lock's time to `lockedAt`. `false`: it is no longer this lock. */
  renewLock(lock: JobLock, lockedAt: Date): Promise<boolean>;
  /** Opens the locks among these that still are as described; others are left alone. */
  releaseLocks(locks: readonly JobLock[]): Promise<void>;
  /** Waits for statements in hand and closes every connection. */
  close(): Promise<void>;
}

export interface JobStoreOptions {
  readonly jobsUrl: string;
  /** Shown in the store's list of connections. */
  readonly processName: string;
  /** A connection that broke while nobody used it. */
  readonly onConnectionError: (error: unknown) => void;
}

/**
 * Connects to the store and makes sure that it holds what Agenda needs.
 * @throws {Error} when the scheme is not one of those below, or the store does not answer. Names host and database, never
 *   user or password.
 */
export async function openJobStore(options: JobStoreOptions): Promise<JobStore> {
  const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(options.jobsUrl)?.[1]?.toLowerCase();
  switch (scheme) {
    case "postgres:":
    case "postgresql:":
      return await openPostgresJobStore(options);
    case "mongodb:":
    case "mongodb+srv:": {
      // Loaded where it is used: MongoDB's driver takes a third of a second of each start.
      const { openMongoJobStore } = await import("./mongo-job-store.js");
      return await openMongoJobStore(options);
    }
    default:
      throw new Error(
        `Jobs cannot be kept at ${scheme === undefined ? "a URL without a scheme" : `${scheme}//…`}: the URL has to begin with postgres://, postgresql://, mongodb:// or mongodb+srv://.`,
      );
  }
}
