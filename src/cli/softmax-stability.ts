import { Command } from "commander";
import { softmaxLoss } from "../layers/index.ts";
import { type FloatDType, Tensor, tensor } from "../tensor/index.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import { examples, jsonOption, positiveNumber } from "./options.ts";
import { formatTable, io, print, printJson } from "./print.ts";

interface Case {
  readonly name: string;
  readonly scores: readonly number[];
  readonly label: number;
  readonly loss: number; // worked out by hand
  readonly grad: readonly number[];
}

/** Scores that overflow a softmax without max-subtraction, with the right answers. */
const cases: readonly Case[] = [
  { name: "large, right class", scores: [1e3, 0, 0], label: 0, loss: 0, grad: [0, 0, 0] },
  { name: "large, wrong class", scores: [1e3, 0, 0], label: 1, loss: 1e3, grad: [1, -1, 0] },
  { name: "large negative", scores: [-1e3, 0, 0], label: 0, loss: 1e3 + Math.LN2, grad: [-1, 0.5, 0.5] },
  { name: "all large", scores: [1e3, 1e3, 1e3], label: 2, loss: Math.log(3), grad: [1 / 3, 1 / 3, -2 / 3] },
  { name: "all −1e3", scores: [-1e3, -1e3, -1e3], label: 0, loss: Math.log(3), grad: [-2 / 3, 1 / 3, 1 / 3] },
  { name: "huge, right class", scores: [1e30, -1e30, 0], label: 0, loss: 0, grad: [0, 0, 0] },
  { name: "huge, wrong class", scores: [1e30, -1e30, 0], label: 1, loss: 2e30, grad: [1, -1, 0] },
  { name: "all 1e30", scores: [1e30, 1e30, 1e30], label: 1, loss: Math.log(3), grad: [1 / 3, -2 / 3, 1 / 3] },
  { name: "all −1e30", scores: [-1e30, -1e30, -1e30], label: 1, loss: Math.log(3), grad: [1 / 3, -2 / 3, 1 / 3] },
  { name: "all zero", scores: [0, 0, 0], label: 0, loss: Math.log(3), grad: [-2 / 3, 1 / 3, 1 / 3] },
];

export function command(): Command {
  const command = new Command("softmax-stability").description(
    "exp(1000) overflows; subtracting each row's largest score first keeps every exponential at most 1. Runs the " +
      "softmax loss on scores up to ±1e30 and compares loss and gradient with the exact answers. Exit code 1 on failure.",
  );
  return kernelsOptions(command)
    .option("--layers <module>", "try the softmaxLoss that this .js or .ts module exports instead of ours")
    .option("--time-limit <seconds>", "longest time for one call of your function", positiveNumber, 10)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule softmax-stability", "a table of scores, losses and gradients"],
        ["chainrule softmax-stability --layers mine.ts", "the same scores for your own softmaxLoss"],
      ),
    )
    .action(runSoftmaxStability);
}

interface Options extends KernelsOptions {
  readonly layers?: string;
  readonly timeLimit: number;
  readonly json?: boolean;
}

async function runSoftmaxStability(options: Options): Promise<void> {
  const { name: kernels } = await useKernels(options);
  const all = (loss: Loss) =>
    (["float32", "float64"] as const).flatMap((dtype) => cases.map((c) => run(c, dtype, loss)));
  const results = options.layers === undefined ? all(softmaxLoss) : await withTheirs(options.layers, options, all);
  const passed = results.every((r) => r.passed);
  if (!passed) io().exitCode = 1;
  if (options.json) {
    printJson({ passed, kernels, checks: results });
    return;
  }
  const list = (numbers: readonly number[]): string => numbers.map((n) => Number(n.toPrecision(4))).join(", ");
  const rows = results.map((r) => [
    r.dtype,
    r.name,
    list(r.scores),
    String(r.label),
    r.loss.toPrecision(5),
    list(r.grad),
    r.passed ? "ok" : "FAILED",
  ]);
  print(formatTable(["dtype", "case", "scores", "label", "loss", "gradient", "verdict"], rows));
  print(
    `\n${passed ? "all losses and gradients are finite and correct" : "FAILED: see the table"} (kernels: ${kernels})`,
  );
}

type Loss = (scores: Tensor<FloatDType>, labels: Int32Array) => readonly [loss: number, gradScores: Tensor<FloatDType>];

/** The cases with a learner's `softmaxLoss`, which runs in a process of its own. */
async function withTheirs<T>(file: string, { timeLimit }: Options, all: (loss: Loss) => T): Promise<T> {
  const { checkExport } = await import("./own-code.ts");
  return await checkExport({ option: "--layers", file, timeLimit }, "softmaxLoss", (call) =>
    all((scores, labels) => {
      const result = call(scores, labels);
      const [loss, grad] = Array.isArray(result) ? result : [];
      if (typeof loss === "number" && grad instanceof Tensor) return [loss, grad as Tensor<FloatDType>];
      throw new Error("returned something else than [loss, gradScores], a number and a tensor");
    }),
  );
}

/** Compares what the softmax loss makes of a case with the right answer. */
function run({ name, scores, label, loss, grad }: Case, dtype: FloatDType, lossOf: Loss) {
  const [found, gradScores] = lossOf(tensor([scores], { dtype }), Int32Array.of(label));
  const foundGrad = [...gradScores.data];
  const eps = dtype === "float32" ? 1e-6 : 1e-14;
  const near = (a: number, b: number): boolean =>
    Number.isFinite(a) && Math.abs(a - b) <= eps * Math.max(1, Math.abs(b));
  const passed = near(found, loss) && foundGrad.every((g, j) => near(g, grad[j]!));
  const largestDifference = Math.max(Math.abs(found - loss), ...foundGrad.map((g, j) => Math.abs(g - grad[j]!)));
  return {
    name,
    dtype,
    scores,
    label,
    loss: found,
    expectedLoss: loss,
    grad: foundGrad,
    expectedGrad: grad,
    largestDifference,
    passed,
  };
}
