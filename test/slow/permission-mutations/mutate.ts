/** `npm run permissions:mutate`: see CONTRIBUTING.md. Changes nothing but a copy of its own in a temporary folder. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exceptions, kinds, type MutationKind } from "./kinds.js";
import { ScratchCopy } from "./scratch-copy.js";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

interface Mutation {
  readonly kind: MutationKind;
  readonly file: string;
  readonly line: number;
  readonly removed: string;
  /** The line on which the check is. */
  readonly shown: string;
  readonly text: string;
  readonly only: string | null;
}

const { values } = parseArgs({
  options: {
    kind: { type: "string" },
    file: { type: "string" },
    list: { type: "boolean" },
    "skip-baseline": { type: "boolean" },
  },
});
const scratch = await ScratchCopy.make(repository);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void scratch.remove().finally(() => process.exit(130)));
}
try {
  process.exitCode = await run();
} finally {
  await scratch.remove();
}

async function run(): Promise<number> {
  const chosen = kinds.filter(({ name }) => new RegExp(values.kind ?? "").test(name));
  const found = (await Promise.all(chosen.map(findMutations))).map((mutations, index) => ({
    name: chosen[index]?.name ?? "",
    mutations: mutations.filter(({ file }) => file.includes(values.file ?? "")),
  }));
  const missing = found.filter(({ mutations }) => mutations.length === 0 && values.file === undefined);
  for (const { name } of missing)
    print(`No check of this kind is found any more, so its pattern is out of date: ${name}`);
  const all = found.flatMap(({ mutations }) => mutations);
  const excepted = all.map((mutation) => exceptions.find((exception) => isExcepted(mutation, exception)));
  const unused =
    chosen.length === kinds.length && values.file === undefined
      ? exceptions.filter((one) => !excepted.includes(one))
      : [];
  for (const { file, line } of unused) print(`An exception is out of date: ${file}, ${line}`);
  const tried = all.filter((_, index) => excepted[index] === undefined);
  print(`${tried.length} checks of ${chosen.length} kinds, and ${all.length - tried.length} exceptions`);
  if (values.list === true) {
    for (const mutation of tried) print(describe(mutation));
    return 0;
  }
  if (missing.length + unused.length > 0) return 2;
  if (values["skip-baseline"] !== true) await requirePassing(tried);
  const survivors: Mutation[] = [];
  for (const [index, mutation] of tried.entries()) {
    const noticedBy = await findNoticing(mutation);
    print(
      `${index + 1}/${tried.length} ${noticedBy === null ? "SURVIVED" : `noticed by ${noticedBy}`}: ${describe(mutation)}`,
    );
    if (noticedBy === null) survivors.push(mutation);
  }
  print(`${survivors.length} of ${tried.length} survived`);
  for (const survivor of survivors) print(`- ${describe(survivor)}`);
  return survivors.length === 0 ? 0 : 1;
}

async function findMutations(kind: MutationKind): Promise<Mutation[]> {
  const files = (await scratch.files()).filter((file) => kind.files.test(file));
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await scratch.read(file);
      return [...text.matchAll(kind.find)].map((match): Mutation => {
        const { index } = match;
        // Only this match, with what the pattern looks at around it: a sticky copy replaces in the whole text.
        const once = new RegExp(kind.find.source, `${kind.find.flags.replace("g", "")}y`);
        once.lastIndex = index;
        const before = text.slice(0, index);
        const line = before.split("\n").length;
        return {
          kind,
          file,
          line,
          removed: match[0],
          shown: (text.split("\n")[line - 1] ?? "").trim(),
          text: text.replace(once, kind.replace),
          only: kind.only?.(text, index) ?? null,
        };
      });
    }),
  );
  return found.flat();
}

/** Without a mutation everything must pass: otherwise a failure would say nothing. */
async function requirePassing(mutations: readonly Mutation[]): Promise<void> {
  const tests = [...new Set(mutations.flatMap(({ kind }) => kind.tests))];
  for (const path of tests) {
    const { passed, output } = await scratch.test(path, null);
    if (!passed) throw new Error(`${path} fails without any mutation:\n${output}`);
  }
}

/** The test that fails because of the mutation; null when all pass. */
async function findNoticing({ kind, file, text, only }: Mutation): Promise<string | null> {
  return scratch.with(file, text, async () => {
    for (const path of kind.tests) {
      const { passed, output } = await scratch.test(path, path.includes("permissions") ? only : null);
      // Named, so that a reader sees a test that failed for another reason.
      if (!passed) return `${path}: ${/^\s+● (.*)$/m.exec(output)?.[1] ?? ""}`;
    }
    return null;
  });
}

function isExcepted({ file, removed, shown }: Mutation, exception: (typeof exceptions)[number]): boolean {
  return file === exception.file && removed === exception.removed && shown.includes(exception.line);
}

function describe({ kind, file, line, shown }: Mutation): string {
  return `${kind.name}: ${file}:${line} ${shown.slice(0, 120)}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
