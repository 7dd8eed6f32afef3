/** What one contender did in one round. */
export interface Sample<Figure extends string = string> {
  /** Failed requests: a contender that fails looks fast. */
  readonly errors: number;
  readonly figures: Readonly<Record<Figure, number>>;
}

/** One of the programs that are compared: started, measured and stopped in every round. */
export interface Contender<Figure extends string = string> {
  readonly name: string;
  measure(): Promise<Sample<Figure>>;
}

/** A contender's result over all rounds: the median of each figure, the sum of its errors. */
export interface Standing<Figure extends string = string> extends Sample<Figure> {
  readonly contender: string;
}

/**
 * Measures the contenders one after the other, `rounds` times; every other round runs in reverse order, so that drift
 * (caches, a growing table, a warming machine) favours none. Results are in the order of `contenders`.
 */
export async function measureInRounds<Figure extends string>(
  contenders: readonly Contender<Figure>[],
  rounds: number,
): Promise<Standing<Figure>[]> {
  const samples = new Map<Contender<Figure>, Sample<Figure>[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of order) samples.get(contender)?.push(await contender.measure());
  }
  return contenders.map((contender) => ({ contender: contender.name, ...middleOf(samples.get(contender) ?? []) }));
}

function middleOf<Figure extends string>(samples: readonly Sample<Figure>[]): Sample<Figure> {
  const [first] = samples;
  if (first === undefined) throw new Error("Nothing was measured: ask for at least one round.");
  const names = Object.keys(first.figures) as Figure[];
  const middle = (name: Figure): number => median(samples.map((sample) => sample.figures[name]));
  return {
    errors: samples.reduce((sum, sample) => sum + sample.errors, 0),
    figures: Object.fromEntries(names.map((name) => [name, middle(name)])) as Record<Figure, number>,
  };
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error("There is no middle of no values.");
  return (lower + upper) / 2;
}
