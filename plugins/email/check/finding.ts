/** One thing that a check has found out. */
export interface Finding {
  /** `wrong`: mail does not travel as it is set up. `doubt`: it may not, or not to everybody. `note`: only to be known. */
  readonly judgement: "fine" | "note" | "doubt" | "wrong";
  /** A sentence for the operator. Never a secret. */
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

export const fine = (text: string): Finding => ({ judgement: "fine", text });
export const note = (text: string, advice?: string): Finding => finding("note", text, advice);
export const doubt = (text: string, advice?: string): Finding => finding("doubt", text, advice);
export const wrong = (text: string, advice?: string): Finding => finding("wrong", text, advice);

function finding(judgement: Finding["judgement"], text: string, advice: string | undefined): Finding {
  return advice === undefined ? { judgement, text } : { judgement, text, advice };
}

const labels: Readonly<Record<Finding["judgement"], string>> = {
  fine: "ok    ",
  note: "note  ",
  doubt: "warn  ",
  wrong: "WRONG ",
};

/** As lines of a terminal. Other servers' words may be among them: controls become spaces. */
export function linesOf({ judgement, text, advice }: Finding): readonly string[] {
  const lines = [`${labels[judgement]} ${onOneLine(text)}`];
  return advice === undefined ? lines : [...lines, `       → ${onOneLine(advice)}`];
}

function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
