/** How much is measured: `short` to check that everything works, `full` for numbers to publish. */
export type Form = "short" | "full";

export interface MeasureOptions {
  readonly form: Form;
}

/** What a measurement's folder exports as `measure` from its measure.ts. */
export type Measure = (options: MeasureOptions) => Promise<Report>;

/** The result of a measurement: the figures, then the ratios that count. */
export interface Report {
  /** What was measured with how much data, in one line. */
  readonly title: string;
  readonly columns: readonly string[];
  /** Numbers are rounded for display; texts are shown as they are. */
  readonly rows: readonly (readonly (string | number)[])[];
  readonly goals: readonly Goal[];
}

/** A ratio within one run, and its target. */
export interface Goal {
  readonly what: string;
  readonly value: number;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
}

export function isReached({ value, bound }: Goal): boolean {
  return "atLeast" in bound ? value >= bound.atLeast : value <= bound.atMost;
}

/** The report in Markdown, for docs/performance.md. */
export function printReport({ title, columns, rows, goals }: Report): string {
  const table = printTable(
    columns,
    rows.map((row) => row.map(printCell)),
  );
  const ratios = printTable(
    ["ratio", "is", "wanted", ""],
    goals.map((goal) => [goal.what, printCell(goal.value), printBound(goal), isReached(goal) ? "reached" : "missed"]),
  );
  return `${title}\n\n${table}\n\n${ratios}\n`;
}

function printBound({ bound }: Goal): string {
  return "atLeast" in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`;
}

/** Rounds to three significant digits. */
function printCell(cell: string | number): string {
  if (typeof cell === "string") return cell;
  if (!Number.isFinite(cell) || Number.isInteger(cell)) return String(cell);
  const magnitude = Math.abs(cell);
  return cell.toFixed(magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2);
}

function printTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, index) => Math.max(3, ...lines.map((line) => line[index]?.length ?? 0)));
  const print = (line: readonly string[]): string =>
    `| ${widths.map((width, index) => (line[index] ?? "").padEnd(width)).join(" | ")} |`;
  return [print(columns), print(widths.map((width) => "-".repeat(width))), ...rows.map(print)].join("\n");
}
