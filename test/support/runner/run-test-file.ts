import "reflect-metadata";
import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { useGlobals } from "./jest-globals.js";

/** What of Jest's runtime this changes; the rest of it is passed on. */
interface Runtime {
  requireInternalModule(path: string): unknown;
  requireModuleOrMock(from: string, name: "@jest/globals"): Parameters<typeof useGlobals>[0];
  unstable_shouldLoadAsEsm(path: string): boolean;
  unstable_importModule(path: string): Promise<unknown>;
}

type RunTestFile = (
  globalConfig: unknown,
  projectConfig: unknown,
  environment: unknown,
  runtime: Runtime,
  path: string,
  ...more: readonly unknown[]
) => Promise<unknown>;

const load = createRequire(import.meta.url);
const { default: runWithCircus }: { readonly default: RunTestFile } = load("jest-circus/runner");

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "@jest/globals"
      ? { url: new URL("./jest-globals.js", import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});

/**
 * Jest's own runner, but Node loads the test file and what it imports, as it loads the program in production, and once
 * for all files of a worker. Jest would load the whole program again for each of them, which took most of the suite's time.
 * So files of a worker share what modules keep; each test makes the program, the databases and servers that it uses.
 */
const runTestFile: RunTestFile = (globalConfig, projectConfig, environment, runtime, path, ...more) => {
  runtime.requireInternalModule = (internal) => loadCircusAnew(internal);
  runtime.unstable_shouldLoadAsEsm = () => true;
  runtime.unstable_importModule = async (file) => {
    useGlobals(runtime.requireModuleOrMock(file, "@jest/globals"));
    return await import(pathToFileURL(file).href);
  };
  return runWithCircus(globalConfig, projectConfig, environment, runtime, path, ...more);
};
export default runTestFile;

/** It keeps the file's tests, and the functions that are told of them, in its module and under a global symbol. */
function loadCircusAnew(path: string): unknown {
  delete load.cache[path];
  Reflect.deleteProperty(globalThis, Symbol.for("EVENT_HANDLERS"));
  return load(path);
}
