/** The process's environment variables, as `process.env` gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One setting that cannot be used, named by its environment variable; `problem` says what to do about it. */
export interface SettingsFault {
  readonly variable: string;
  readonly problem: string;
}

/** Thrown with every fault of the settings at once; the program prints them all and does not start. */
export class SettingsError extends Error {
  constructor(readonly faults: readonly SettingsFault[]) {
    super(faults.map((fault) => `${fault.variable}: ${fault.problem}`).join("\n"));
    this.name = "SettingsError";
  }
}
