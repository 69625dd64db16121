/** `chainrule graph --keep`: the drawing, both passes and the gradient check of a graph at one point. */
import { type GradcheckReport, gradcheckLoss } from "../gradcheck/index.ts";
import type { Graph, GraphInputs } from "../graph/graph.ts";
import type { Language } from "../graph/source.ts";
import { type Tensor, tensor } from "../tensor/index.ts";
import { type KeepOptions, keep } from "./keep.ts";

interface Options extends KeepOptions {
  readonly code?: Language;
  readonly digits: number;
  readonly direction: "right" | "down";
  readonly width?: number;
}

const endings: Readonly<Record<Language, string>> = { typescript: "ts", python: "py", latex: "tex" };

/** Pixels: wide enough for a page of paper, where nobody says how wide. */
const pageWidth = 760;

/** @param drawn - both of its passes have run */
export async function keepGraph(drawn: Graph, at: GraphInputs, options: Options): Promise<void> {
  const started = new Date();
  const { code = "typescript", digits, direction, width = pageWidth } = options;
  const { passed, tolerance, inputs } = checkGraph(drawn, at);
  const drawing = { digits, direction, ...(direction === "right" && { width }) };
  const steps = drawn.steps({ digits }).map(({ pass, text }) => `${pass}: ${text}\n`);
  const output = drawn.values.find(({ name }) => name === drawn.output)!;
  await keep(options, "graph", {
    started,
    settings: { text: drawn.toString(), at: Object.fromEntries(drawn.inputs.map((name) => [name, at[name]])), code },
    seed: null,
    results: {
      output: drawn.output,
      value: output.value,
      check: {
        ...{ passed, tolerance },
        inputs: inputs.map(({ name, analytic, numeric, maxAbsolute }) => ({
          ...{ name, gradient: analytic, numeric, difference: maxAbsolute },
        })),
      },
    },
    files: {
      drawing: ["graph.svg", drawn.toSvg(drawing)],
      code: [`graph.${endings[code]}`, drawn.toSource(code)],
      steps: ["steps.txt", steps.join("")],
    },
  });
}

/** The gradients of all inputs that have one, against numeric ones. */
function checkGraph(drawn: Graph, at: GraphInputs): GradcheckReport {
  const names = drawn.differentiable;
  const loss = (...nudged: Tensor<"float64">[]): readonly [number, ...Tensor<"float64">[]] => {
    const moved = Object.fromEntries(names.map((name, i) => [name, nudged[i]!.data[0]!]));
    const inputs = Object.fromEntries(drawn.inputs.map((name) => [name, moved[name] ?? at[name]!]));
    const [value, grads] = drawn.evaluate(inputs);
    return [value, ...names.map((name) => tensor([grads[name]!], { dtype: "float64" }))];
  };
  return gradcheckLoss(
    loss,
    Object.fromEntries(names.map((name) => [name, tensor([at[name]!], { dtype: "float64" })])),
  );
}
