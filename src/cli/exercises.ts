/** `chainrule exercises`: hand out the course, check a solution, pack it, grade a class. */
import { Command, Option } from "commander";
import { gradeFormats } from "../exercises/formats.ts";
import { tasks } from "../exercises/tasks/index.ts";
import { examples, jsonOption, positiveInteger, positiveNumber, seedNumber, seedOption } from "./options.ts";
import { print, printJson, remark } from "./print.ts";

export function command(): Command {
  return new Command("exercises")
    .description(
      "A course in TypeScript: functions, layers and networks to complete, checked one by one. A check says what was given, what came, " +
        "what was expected, and which mistake gives the same numbers.",
    )
    .addCommand(initCommand())
    .addCommand(checkCommand())
    .addCommand(hintCommand())
    .addCommand(packCommand())
    .addCommand(validateCommand())
    .addCommand(gradeCommand())
    .addCommand(autograderCommand())
    .addHelpText(
      "after",
      examples(
        ["chainrule exercises init my-course", "the project to work in"],
        ["chainrule exercises check --watch", "verdicts while you write"],
        ["chainrule exercises grade submissions/ --out grades.csv", "a whole class"],
      ),
    );
}

function initCommand(): Command {
  return new Command("init")
    .summary("write the project with stubs, drawings and the assignment")
    .description(
      "Writes a small TypeScript project: assignment.md, drawings, and stubs that say with shapes and formulas what to write.",
    )
    .argument("<dir>", "a new or empty folder")
    .addOption(jsonOption())
    .addHelpText("after", examples(["chainrule exercises init my-course", "then read my-course/assignment.md"]))
    .action(async (dir: string, { json }: { json?: boolean }) => {
      const { initExercises } = await import("../node/exercise-files.ts");
      const files = await initExercises(dir, __VERSION__);
      if (json) printJson({ folder: dir, files });
      else
        print(
          `${files.map((file) => `wrote ${dir}/${file}`).join("\n")}\n\nRead ${dir}/assignment.md, then: cd ${dir} && npx chainrule exercises check`,
        );
    });
}

function hintCommand(): Command {
  return new Command("hint")
    .summary("give a hint for one function")
    .description("Prints the first hint for a function or class of the exercises; --number 2 the next, plainer one.")
    .argument("<name>", "for instance f2 or softmaxLoss")
    .option("--number <n>", "which hint", positiveInteger, 1)
    .action(async (name: string, { number }: { number: number }) => {
      const { hintsFor } = await import("../node/exercise-files.ts");
      const hints = await hintsFor(name);
      const shown = hints[Math.min(number, hints.length) - 1]!;
      print(shown);
      if (number < hints.length) remark(`(--number ${number + 1} for the next of ${hints.length})`);
    });
}

function folderOption(): Option {
  return new Option("--dir <folder>", "the project that `init` wrote").default(".");
}

function limitOption(): Option {
  return new Option("--time-limit <seconds>", "longest time for loading, and then for each call")
    .argParser(positiveNumber)
    .default(10);
}

function hiddenOption(): Option {
  return new Option("--hidden-seed <n>", "also check with inputs from this seed, counted apart").argParser(seedNumber);
}

function checkCommand(): Command {
  return new Command("check")
    .summary("check a solution, whole or one task")
    .description(
      "Runs every check in a process of its own, with limits on time and memory. Exit code 1 while something is not right yet.",
    )
    .argument("[task]", `one of ${tasks.map(({ name }) => name).join(", ")} (default: all)`)
    .addOption(folderOption())
    .addOption(new Option("--format <name>", "how to print the grades").choices(gradeFormats).default("text"))
    .addOption(jsonOption())
    .option("--out <file>", "write the grades there instead of stdout")
    .option("--watch", "check again whenever a file is saved, one unsolved check at a time")
    .addOption(limitOption())
    .addOption(seedOption())
    .addOption(hiddenOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule exercises check", "all tasks, with points"],
        ["chainrule exercises check layers --watch", "the layers, while you write them"],
        ["chainrule exercises check --format junit --out results.xml", "for other programs"],
      ),
    )
    .action(async (task: string | undefined, options) =>
      (await import("./exercises-check.ts")).runCheck(task, options),
    );
}

function packCommand(): Command {
  return new Command("pack")
    .summary("make the archive to hand in")
    .addOption(folderOption())
    .option("--out <file>", "where to write", "submission.zip")
    .addOption(jsonOption())
    .action(async (options) => (await import("./exercises-grade.ts")).runPack(options));
}

function validateCommand(): Command {
  return new Command("validate")
    .summary("look into a handed-in archive without unpacking it")
    .argument("<file>", "a .zip that `pack` made")
    .addOption(jsonOption())
    .action(async (file: string, options) => (await import("./exercises-grade.ts")).runValidate(file, options));
}

function gradeCommand(): Command {
  return new Command("grade")
    .summary("grade a folder of submissions")
    .description(
      "Grades every archive or folder in a folder, and writes a table, a feedback file for each, the findings that many share, and " +
        "submissions that are identical. What has been graded already is not graded again.",
    )
    .argument("<submissions>", "a folder of .zip files or folders, one per student")
    .option("--out <file>", "the table", "grades.csv")
    .option("--feedback <folder>", "where feedback goes", "feedback")
    .option("--parallel <n>", "submissions at a time", positiveInteger, 2)
    .addOption(limitOption())
    .addOption(seedOption())
    .addOption(hiddenOption())
    .addOption(jsonOption())
    .action(async (folder: string, options) => (await import("./exercises-grade.ts")).runGrade(folder, options));
}

function autograderCommand(): Command {
  return new Command("autograder")
    .summary("make the archive that Gradescope runs")
    .option("--out <file>", "where to write", "autograder.zip")
    .addOption(seedOption())
    .addOption(hiddenOption())
    .addOption(jsonOption())
    .action(async (options) => (await import("./exercises-grade.ts")).runAutograder(options));
}
