import { Command } from "commander";
import { compareCommand } from "./fit-compare.ts";
import { gradcheckCommand } from "./fit-gradcheck.ts";
import { runCommand } from "./fit-run.ts";
import { examples } from "./options.ts";

export function command(): Command {
  return new Command("fit")
    .description(
      "Finds S (2×2) and t (2) so that S·p + t comes close to p' for all pairs of points (p, p'), by gradient descent on " +
        "the mean squared distance, by least squares, or by RANSAC. Without a command it does `run`.",
    )
    .addCommand(runCommand(), { isDefault: true })
    .addCommand(compareCommand())
    .addCommand(gradcheckCommand())
    .addHelpText(
      "after",
      examples(
        ["chainrule fit run --help", "the settings of one fit"],
        ["chainrule fit run --animated-gif fit.gif", "fit the built-in points and watch them move"],
        ["chainrule fit compare", "descent, Huber descent, least squares and RANSAC under outliers"],
        ["chainrule fit gradcheck", "the gradients against numeric ones"],
      ),
    );
}
