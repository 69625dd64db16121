/** `chainrule report`: the write-up of the homework, with what the runs on this machine have measured. */
import { extname } from "node:path";
import { Command } from "commander";
import { findChromium, printToPdf } from "../node/chromium.ts";
import { checkOutputs, writeFile } from "../node/files.ts";
import { findParts, readTexts, textNames, writeReport } from "../node/report/index.ts";
import { UserError } from "../node/user-mistake.ts";
import { examples, flag, jsonOption } from "./options.ts";
import { printJson, remark, remarkFile } from "./print.ts";
import { type MissingOptions, runMissing } from "./report-missing.ts";
import { runsDirOption } from "./run-options.ts";

interface Options extends MissingOptions {
  readonly out: string;
  readonly text?: string;
  readonly runMissing?: boolean;
  readonly json?: boolean;
}

export function command(): Command {
  const command = new Command("report")
    .description(
      "Writes up what the runs of a folder have measured: a graph of your own with its code and gradient check, the best fit, " +
        "gradient descent against RANSAC, the two-layer network, the one that overfits, and what there is beyond. Every number " +
        "comes from a run folder and links to its run, seed and settings in an appendix. What is missing is named, with the " +
        "command that makes it.",
    )
    .option("--out <file>", ".html, one file that needs no other; or .pdf, which Chromium prints", "report.html")
    .option(
      "--text <folder>",
      `your own text: ${textNames.map((name) => `${name}.md`).join(", ")}, as many as you have`,
    );
  return runsDirOption(command)
    .option("--run-missing", "first run what is missing, with the settings we would take")
    .option(
      "--dataset <name>",
      "with --run-missing: what networks are trained on (default: CIFAR-10 if it is here, else shapes)",
    )
    .option("--data-dir <folder>", "with --run-missing: where datasets are kept")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule report --run-missing --out report.pdf", "everything from nothing, in a few minutes"],
        ['chainrule graph "tanh(w*x + b)" --at w=0.5,x=2,b=-1 --keep', "your own graph, for the next report"],
        ["chainrule report --text my-text", "with what you have to say about it"],
      ),
    )
    .action(run);
}

async function run(options: Options, command: Command): Promise<void> {
  const { out, runsDir } = options;
  const format = extname(out).toLowerCase();
  if (format !== ".html" && format !== ".pdf")
    throw new UserError(`report: cannot write ${out}: expected a file ending in .html or .pdf`);
  for (const name of ["dataset", "dataDir"])
    if (!options.runMissing && command.getOptionValueSource(name) === "cli")
      throw new UserError(`report: ${flag(name)} needs --run-missing`);
  const browser = format === ".pdf" ? await findBrowser() : undefined;
  await checkOutputs([out]);
  const texts = options.text === undefined ? { parts: {}, remarks: [] } : await readTexts(options.text);
  for (const line of texts.remarks) remark(`report: ${line}`);

  const parts = options.runMissing ? await runMissing(options) : await findParts(runsDir);
  if (!parts) {
    remark(`report: stopped, nothing was written to ${out}; what is done is kept in ${runsDir}`);
    return;
  }
  for (const line of parts.broken) remark(`report: ${line}`);
  const { html, missing } = await writeReport(parts, texts, new Date());
  for (const { what, command } of missing) remark(`report: missing: ${what}; make it with ${command}`);
  remarkFile(out, await writeFile(out, browser === undefined ? html : await printToPdf(html, browser)));
  if (options.json) printJson({ file: out, missing });
}

/** @throws {UserError} before anything is run or written */
async function findBrowser(): Promise<string> {
  const browser = await findChromium();
  if (browser !== undefined) return browser;
  const named = process.env.CHAINRULE_CHROMIUM;
  throw new UserError(
    `report: a PDF is printed by Chromium, which is not ${named ? `at CHAINRULE_CHROMIUM=${named}` : "on this machine"}; ` +
      "--out report.html works without it, and any browser prints that page",
  );
}
