import type { JobStore, JobStoreOptions } from "./job-store.js";
/** See `openJobStore`. */
export declare function openPostgresJobStore(options: JobStoreOptions): Promise<JobStore>;
