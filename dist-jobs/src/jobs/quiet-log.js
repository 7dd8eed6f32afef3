import { describeError } from "./describe-error.js";
const quietMs = 10_000;
/** A database that is away makes several errors a second: this keeps them to a line now and then. */
export function createQuietLog(logger, wording) {
    let spokenAtMs = Number.NEGATIVE_INFINITY;
    let leftOut = 0;
    let spokenOf = false;
    return {
        trouble(error) {
            if (performance.now() - spokenAtMs < quietMs) {
                leftOut += 1;
                return;
            }
            logger.warn(wording.trouble, { error: describeError(error), leftOut });
            spokenOf = true;
            spokenAtMs = performance.now();
            leftOut = 0;
        },
        over() {
            if (!spokenOf)
                return;
            spokenOf = false;
            logger.info(wording.over, { leftOut });
            leftOut = 0;
        },
    };
}
//# sourceMappingURL=quiet-log.js.map