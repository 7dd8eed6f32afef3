import { writeFile } from "node:fs/promises";
import { compileTemplate } from "./compile-template.js";

// Runs from dist, but reads and writes the source folder.
const folder = new URL("../../../../../plugins/email/template/", import.meta.url);
await writeFile(new URL("compiled.ts", folder), await compileTemplate(new URL("mail.mjml", folder)));
