/** One result of a check. */
export interface Finding {
  /**
   * `error`: email does not work as configured. `warning`: it may not work, or not for everybody. `note`: for
   * information.
   */
  readonly level: "ok" | "note" | "warning" | "error";
  /** A sentence for the operator. Never contains a secret. */
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

export const pass = (text: string): Finding => ({ level: "ok", text });
export const note = (text: string, advice?: string): Finding => finding("note", text, advice);
export const warn = (text: string, advice?: string): Finding => finding("warning", text, advice);
export const fail = (text: string, advice?: string): Finding => finding("error", text, advice);

function finding(level: Finding["level"], text: string, advice: string | undefined): Finding {
  return advice === undefined ? { level, text } : { level, text, advice };
}

const labels: Readonly<Record<Finding["level"], string>> = {
  ok: "ok    ",
  note: "note  ",
  warning: "warn  ",
  error: "ERROR ",
};

/** Formats a finding for a terminal. It may quote other servers, so control characters become spaces. */
export function formatFinding({ level, text, advice }: Finding): readonly string[] {
  const lines = [`${labels[level]} ${onOneLine(text)}`];
  return advice === undefined ? lines : [...lines, `       → ${onOneLine(advice)}`];
}

function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
