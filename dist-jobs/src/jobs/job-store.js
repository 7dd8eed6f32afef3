import { openPostgresJobStore } from "./postgres-job-store.js";
/**
 * Connects to the store and makes sure that it holds what Agenda needs.
 * @throws {Error} when the scheme is not one of `postgres:` and `postgresql:`, or the store does not answer. Names
 *   host and database, never user or password.
 */
export async function openJobStore(options) {
    const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(options.jobsUrl)?.[1]?.toLowerCase();
    switch (scheme) {
        case "postgres:":
        case "postgresql:":
            return await openPostgresJobStore(options);
        default:
            throw new Error(`Jobs cannot be kept at ${scheme === undefined ? "a URL without a scheme" : `${scheme}//…`}: the URL has to begin with postgres:// or postgresql://.`);
    }
}
//# sourceMappingURL=job-store.js.map