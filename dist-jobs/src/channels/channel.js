/** Thrown by `configure` with every fault at once; the program prints them all and does not start. */
export class SettingsError extends Error {
    faults;
    constructor(faults) {
        super(faults.map((fault) => `${fault.variable}: ${fault.problem}`).join("\n"));
        this.faults = faults;
        this.name = "SettingsError";
    }
}
//# sourceMappingURL=channel.js.map