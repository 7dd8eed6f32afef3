import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "acorn";

/** A regular expression in the compiled code of `src` or `plugins`. */
export interface Pattern {
  /** From the repository's root, as TypeScript. */
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

export interface CollectedPatterns {
  readonly literals: readonly Pattern[];
  /** Files that build patterns from text at run time: `RegExp(…)`, or `match`, `matchAll` and `search` with a string. */
  readonly builtIn: readonly string[];
}

/** Every pattern of the program. */
export async function collectPatterns(): Promise<CollectedPatterns> {
  const compiled = fileURLToPath(new URL("../../", import.meta.url));
  const literals: Pattern[] = [];
  const builtIn = new Set<string>();
  for (const folder of ["src", "plugins"]) {
    const names = await readdir(join(compiled, folder), { recursive: true });
    for (const name of names.filter((entry) => entry.endsWith(".js"))) {
      const file = `${folder}/${name.replaceAll("\\", "/").replace(/js$/, "ts")}`;
      const found = patternsIn(await readFile(join(compiled, folder, name), "utf8"));
      literals.push(...found.literals.map((literal) => ({ file, ...literal })));
      if (found.buildsPatterns) builtIn.add(file);
    }
  }
  return { literals, builtIn: [...builtIn].sort() };
}

/** The patterns in one file's JavaScript. */
export function patternsIn(code: string): {
  readonly literals: readonly Omit<Pattern, "file">[];
  readonly buildsPatterns: boolean;
} {
  const literals: Omit<Pattern, "file">[] = [];
  let buildsPatterns = false;
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
      return;
    }
    if (!isNode(node)) return;
    if (isNode(node.regex)) literals.push({ source: String(node.regex.pattern), flags: String(node.regex.flags) });
    if (isNode(node.callee) && buildsPattern(node.callee, node.arguments)) buildsPatterns = true;
    for (const value of Object.values(node)) visit(value);
  };
  visit(parse(code, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true }));
  return { literals, buildsPatterns };
}

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function buildsPattern(callee: Node, given: unknown): boolean {
  if (callee.name === "RegExp") return true;
  const method = isNode(callee.property) ? callee.property.name : null;
  const first = Array.isArray(given) ? given[0] : undefined;
  const isText = isNode(first) && (typeof first.value === "string" || first.type === "TemplateLiteral");
  return (method === "match" || method === "matchAll" || method === "search") && isText;
}
