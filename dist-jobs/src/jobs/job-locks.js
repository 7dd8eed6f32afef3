/** What Agenda sees as the time of a lock. */
const neverExpires = new Date(8.64e15);
export class JobLocks {
    /** What Agenda is given in place of the store's own. */
    repository;
    #store;
    #lifetimeMs;
    #held = new Map();
    #running = new Set();
    #asking = new Map();
    #lost = new Set();
    #closing = false;
    /** The store's clock minus this process's. */
    #aheadMs = 0;
    #onRunEnded = () => { };
    constructor(store, lifetimeMs) {
        this.#store = store;
        this.#lifetimeMs = lifetimeMs;
        const original = store.repository;
        const guarded = {
            getNextJobToRun: async (jobName, nextScanAt, _deadline, _now, options) => await this.#ask(jobName, nextScanAt, options),
            saveJobState: async (job, options) => await this.#save(job, options),
            unlockJob: async (job) => {
                this.#lose(job.name);
                await this.releaseLost().catch(() => { }); // still lost then: the next call of releaseLost reports it
            },
            unlockJobs: async () => { }, // when Agenda stops; `stopLocking` does it by lock, not by job
        };
        this.repository = Object.assign(Object.create(original), guarded);
    }
    /** The time by the store's clock, as last compared. */
    now() {
        return new Date(Date.now() + this.#aheadMs);
    }
    /** Compares the clocks: one round trip. Rejects when the store does not answer. */
    async compareClocks() {
        const askedAtMs = Date.now();
        const now = await this.#store.now();
        this.#aheadMs = Math.round(now.getTime() - (askedAtMs + Date.now()) / 2);
    }
    /** Renews the locks of runs in hand once a third of the lifetime is over. Resolves to the jobs whose lock is gone. */
    async renew() {
        const gone = [];
        for (const [jobName, lock] of this.#held) {
            const lockedAt = this.now();
            if (!this.#running.has(jobName) || lockedAt.getTime() - lock.lockedAt.getTime() < this.#lifetimeMs / 3)
                continue;
            const kept = await this.#store.renewLock(lock, lockedAt);
            if (this.#held.get(jobName) !== lock)
                continue; // ended meanwhile
            if (kept) {
                this.#held.set(jobName, { jobName, lockedAt });
            }
            else {
                this.#held.delete(jobName);
                gone.push(jobName);
            }
        }
        return gone;
    }
    /** Opens the locks that were lost. */
    async releaseLost() {
        const overAtMs = this.now().getTime() - this.#lifetimeMs;
        for (const lock of this.#lost)
            if (lock.lockedAt.getTime() <= overAtMs)
                this.#lost.delete(lock);
        const releasing = [...this.#lost];
        if (releasing.length === 0)
            return;
        await this.#store.releaseLocks(releasing);
        for (const lock of releasing)
            this.#lost.delete(lock);
    }
    /** From now on nothing is locked; what is locked but has not begun is released. */
    async stopLocking() {
        this.#closing = true;
        await Promise.allSettled(this.#asking.values());
        for (const jobName of this.#held.keys())
            if (!this.#running.has(jobName))
                this.#lose(jobName);
        await this.releaseLost();
    }
    /** Resolves once no run is in hand and its result is stored, or storing it failed. */
    async whenIdle() {
        while (this.#running.size > 0) {
            await new Promise((resolve) => {
                this.#onRunEnded = resolve;
            });
        }
    }
    /** The jobs whose runs are in hand. */
    running() {
        return [...this.#running];
    }
    /** Releases everything, the locks of runs in hand too. */
    async releaseAll() {
        for (const jobName of this.#held.keys())
            this.#lose(jobName);
        await this.releaseLost();
    }
    /** One row per job: while this process has it, or is asking for it, there is nothing more to ask for. */
    async #ask(jobName, nextScanAt, options) {
        const busy = this.#held.has(jobName) || this.#running.has(jobName) || this.#asking.has(jobName);
        if (this.#closing || busy)
            return undefined;
        const asking = this.#lockNext(jobName, nextScanAt, options);
        this.#asking.set(jobName, asking);
        try {
            return await asking;
        }
        finally {
            this.#asking.delete(jobName);
        }
    }
    async #lockNext(jobName, nextScanAt, options) {
        const lock = { jobName, lockedAt: this.now() };
        const deadline = new Date(lock.lockedAt.getTime() - this.#lifetimeMs);
        const scanAt = this.#inStoreTime(nextScanAt);
        try {
            const job = await this.#store.repository.getNextJobToRun(jobName, scanAt, deadline, lock.lockedAt, options);
            if (job === undefined)
                return undefined;
            this.#held.set(jobName, lock);
            if (this.#closing)
                return undefined;
            return { ...job, lockedAt: neverExpires, nextRunAt: this.#inProcessTime(job.nextRunAt) };
        }
        catch (error) {
            this.#lost.add(lock); // the answer may be what was lost
            throw error;
        }
    }
    /** Agenda saves a job when a run begins, with `lockedAt`, and when it has ended, without. */
    async #save(job, options) {
        const lock = this.#held.get(job.name);
        const begins = job.lockedAt !== undefined;
        const renewed = { jobName: job.name, lockedAt: this.now() };
        if (begins)
            this.#running.add(job.name);
        try {
            // A lock that is gone belongs to another process, which has its own idea of the next run.
            if (lock === undefined)
                return;
            const state = { ...job, nextRunAt: job.nextRunAt && this.#inStoreTime(job.nextRunAt) };
            if (begins)
                state.lockedAt = renewed.lockedAt;
            await this.#store.repository.saveJobState(state, options);
            if (begins)
                this.#held.set(job.name, renewed);
            else
                this.#held.delete(job.name);
        }
        catch (error) {
            this.#lose(job.name);
            if (begins)
                this.#lost.add(renewed);
            if (begins)
                this.#ended(job.name);
            throw error;
        }
        finally {
            if (!begins)
                this.#ended(job.name);
        }
    }
    #lose(jobName) {
        const lock = this.#held.get(jobName);
        if (lock === undefined)
            return;
        this.#held.delete(jobName);
        this.#lost.add(lock);
    }
    #ended(jobName) {
        this.#running.delete(jobName);
        this.#onRunEnded();
    }
    #inStoreTime(date) {
        return new Date(date.getTime() + this.#aheadMs);
    }
    #inProcessTime(date) {
        return date && new Date(date.getTime() - this.#aheadMs);
    }
}
//# sourceMappingURL=job-locks.js.map