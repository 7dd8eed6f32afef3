import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import type { Plugin } from "vite";

/**
 * Compiles the ICU messages of web/language/translations into JavaScript while the pages are built: a message with arguments
 * becomes a function, so that the browser needs no parser of messages (intl-messageformat, which emails use, has 10 KiB with it).
 */
export function compileMessages(): Plugin {
  return {
    name: "compile-messages",
    // After TypeScript has become JavaScript.
    enforce: "post",
    async transform(code, id) {
      if (!/\/web\/language\/translations\/[a-z]{2}\.ts$/.test(id)) return null;
      const module: Readonly<Record<string, Readonly<Record<string, string>>>> = await import(
        `data:text/javascript,${encodeURIComponent(code)}`
      );
      return { code: Object.entries(module).map(compileLanguage).join("\n"), map: null };
    },
  };
}

function compileLanguage([language, messages]: readonly [string, Readonly<Record<string, string>>]): string {
  const compiled = Object.entries(messages).map(([key, text]) => `${JSON.stringify(key)}: ${compileMessage(text)}`);
  return `export const ${language} = {\n${compiled.join(",\n")}\n};`;
}

/** @returns JavaScript: a string, or a function `(args, plural, number) => string` */
export function compileMessage(text: string): string {
  const elements = parse(text, { ignoreTag: true });
  if (elements.every(({ type }) => type === TYPE.literal)) return JSON.stringify(text);
  return `(a, p, n) => ${concatenate(elements, null)}`;
}

function concatenate(elements: readonly MessageFormatElement[], count: string | null): string {
  const parts = elements.map((element) => {
    switch (element.type) {
      case TYPE.literal:
        return JSON.stringify(element.value);
      case TYPE.argument:
        return argument(element.value);
      case TYPE.pound:
        if (count === null) throw new Error("# outside of a plural");
        return `n(${count})`;
      case TYPE.plural: {
        const name = argument(element.value);
        const forms = Object.entries(element.options).map(
          ([form, { value }]) => `${JSON.stringify(form)}: ${concatenate(value, name)}`,
        );
        return `p(${name}, { ${forms.join(", ")} })`;
      }
      default:
        throw new Error(
          `The widget's messages have only text, arguments and plurals, not this: ${JSON.stringify(element)}`,
        );
    }
  });
  return parts.length === 0 ? '""' : parts.join(" + ");
}

function argument(name: string): string {
  // Names are checked by the types of the messages: letters only.
  return `a.${name}`;
}
