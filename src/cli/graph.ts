/** `chainrule graph`: draws, steps and writes out a computational graph. */
import { extname } from "node:path";
import { Command, type ErrorOptions, InvalidArgumentError, Option } from "commander";
import { checkInteger } from "../errors.ts";
import { formatConstant, formatNumber } from "../graph/format-number.ts";
import { type FunctionName, functionTexts } from "../graph/functions/texts.ts";
import { type Graph, graph } from "../graph/graph.ts";
import { isName } from "../graph/names.ts";
import { symbolOf } from "../graph/operators.ts";
import { type Language, languages } from "../graph/source.ts";
import { readNumber } from "../graph/tokens.ts";
import { checkOutputs, writeFile } from "../node/files.ts";
import { pictureFormats, writePicture } from "../node/picture.ts";
import { UserError } from "../node/user-mistake.ts";
import { keepGraph } from "./graph-keep.ts";
import { checkKeep, type KeepOptions, keepOptions } from "./keep.ts";
import { examples, jsonOption } from "./options.ts";
import { formatTable, print, printJson, remark, remarkFile } from "./print.ts";

interface Options extends KeepOptions {
  readonly at?: Record<string, number>;
  readonly out?: string;
  readonly copies?: boolean;
  readonly code?: Language;
  readonly step?: boolean;
  readonly theme: "light" | "dark";
  readonly digits: number;
  readonly direction: "right" | "down";
  readonly width?: number;
  readonly json?: boolean;
}

/** Adds a hint to the error about an expression that looks like an option. */
class GraphCommand extends Command {
  override error(message: string, options?: ErrorOptions): never {
    const [, flag] = /unknown option '(.*?)'/s.exec(message) ?? [];
    const isExpression = flag !== undefined && (!flag.startsWith("--") || /[^\w-]/.test(flag));
    const hint = `; put -- before an expression that starts with a minus: chainrule graph -- "-log(p)"`;
    return super.error(isExpression ? message + hint : message, options);
  }
}

export function command(): Command {
  const command = new GraphCommand("graph")
    .description(
      "Builds the computational graph of an expression, runs it forward and backward, and draws it: circles for " +
        "values, squares for operators, green edges into operators, blue edges out of them; on the edges the values " +
        "and, below them, the gradients. Without --out, --code and --step it lists every value with its gradient.\n\n" +
        "An expression has numbers, names, + - * / ^, brackets, pi, and the functions neg square sqrt exp log sin cos " +
        "tanh sigmoid relu abs copy, min(a, b), max(a, b), pow(a, 3) and choose(p1, …, pk, y), which is p1 for y = 1 " +
        "and so on. Lines `name = expression` are separated by `;` or line breaks; the last one is the output.\n\n" +
        'Put -- before an expression that starts with a minus: chainrule graph -- "-log(p)"',
    )
    .argument("<name|expression>", "f1, f2, f3, f4 (see chainrule backprop --help), or an expression")
    .option("--at <x=1,y=2>", "numbers for all inputs", readNumbers)
    .option("--out <file>", "draw to a file: .svg, .png, .pdf or .dot")
    .option(
      "--copies",
      "give a value that is used several times an explicit copy operator, whose backward pass is a sum",
    )
    .addOption(new Option("--code <language>", "print both passes as straight-line code").choices(languages))
    .option("--step", "print every line of the forward and the backward pass with its numbers (needs --at)")
    .addOption(new Option("--theme <name>", "colours of the drawing").choices(["light", "dark"]).default("light"))
    .option("--digits <n>", "significant digits of the numbers shown, 1 to 17", readDigits, 3)
    .addOption(
      new Option("--direction <name>", "where the forward pass runs to in the drawing")
        .choices(["right", "down"])
        .default("right"),
    )
    .option("--width <pixels>", "break a wider drawing into rows, for a column of text", readWidth);
  return keepOptions(command, "graph")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        ["chainrule graph f3 --at s1=0.4,s2=1.1,y=2 --out f3.svg", "draw softmax loss with values and gradients"],
        ['chainrule graph "L = (x*w + b - y)^2" --at x=2,w=0.5,b=1,y=3 --step', "see every line of both passes"],
        [
          'chainrule graph "tanh(a*x + b)" --code python',
          "a Python function that returns the output and the gradients",
        ],
        [
          "chainrule graph f2 --copies --at x=0.5 --out f2.png --theme dark",
          "with the copy of the value that is used twice",
        ],
      ),
    )
    .action(run);
}

async function run(source: string, options: Options, command: Command): Promise<void> {
  checkKeep("graph", options, command);
  const text = Object.hasOwn(functionTexts, source) ? functionTexts[source as FunctionName] : source;
  const { out } = options;
  if (options.width !== undefined && options.direction === "down")
    throw new UserError("graph: --width breaks a drawing that runs to the right; leave out --direction down");
  if (options.step && options.at === undefined)
    throw new UserError("graph: --step needs --at with numbers for all inputs");
  if (options.keep && options.at === undefined)
    throw new UserError("graph: --keep needs --at with numbers for all inputs");
  if (out !== undefined) {
    if (!isDot(out) && !pictureFormats.includes(extname(out).toLowerCase()))
      throw new UserError(`cannot write ${out}: expected a file ending in ${pictureFormats.join(", ")} or .dot`);
    await checkOutputs([out]);
  }
  const plain = graph(text);
  if (isName(source.trim()) && text === source)
    remark(`graph: "${source.trim()}" is an input of that name; built in are ${Object.keys(functionTexts).join(", ")}`);
  for (const name of plain.structure.unused) remark(`graph: the output does not depend on ${name}, which is left out`);
  const drawn = options.copies ? plain.withCopies() : plain;
  if (options.at !== undefined) {
    const { at } = options;
    const missing = plain.inputs.filter((name) => !Object.hasOwn(at, name));
    if (missing.length > 0) throw new UserError(`graph: --at gives no number for ${missing.join(", ")}`);
    drawn.forward(at);
    drawn.backward();
    remarkInfinite(drawn);
  }
  if (out !== undefined) {
    const { theme, digits, direction, width } = options;
    const drawing = { theme, digits, direction, ...(width !== undefined && { width }) };
    const write = isDot(out) ? writeFile(out, drawn.toDot(drawing)) : writePicture(out, drawn.toSvg(drawing));
    remarkFile(out, await write);
  }
  if (options.keep) await keepGraph(drawn, options.at!, options);
  if (options.json) printJson(describe(drawn, options));
  else show(drawn, options);
}

/** One line about all values and gradients that are infinite or not a number. */
function remarkInfinite(drawn: Graph): void {
  const odd = drawn.values.flatMap(({ name, value, grad }) => [
    ...(Number.isFinite(value) ? [] : [`${name} = ${value}`]),
    ...(grad === "none" || Number.isFinite(grad) ? [] : [`gradient of ${name} = ${grad}`]),
  ]);
  if (odd.length === 0) return;
  const rest = odd.length > 4 ? ` and ${odd.length - 4} more` : "";
  remark(`graph: not finite here: ${odd.slice(0, 4).join(", ")}${rest}`);
}

function isDot(path: string): boolean {
  return extname(path).toLowerCase() === ".dot";
}

function describe(drawn: Graph, { out, code, step, digits }: Options): unknown {
  return {
    text: drawn.toString(),
    inputs: drawn.inputs,
    output: drawn.output,
    values: drawn.values.map((value) => ({ ...value, operator: value.operator ?? null })),
    ...(step ? { steps: drawn.steps({ digits }) } : {}),
    ...(code === undefined ? {} : { language: code, code: drawn.toSource(code) }),
    ...(out === undefined ? {} : { file: out }),
  };
}

function show(drawn: Graph, { out, code, step, digits, at }: Options): void {
  if (step) {
    const steps = drawn.steps({ digits });
    for (const pass of ["forward", "backward"] as const) {
      print(pass);
      for (const line of steps) if (line.pass === pass) print(`  ${line.text}`);
    }
  }
  if (code !== undefined) print(drawn.toSource(code).trimEnd());
  if (step || code !== undefined || out !== undefined) return;
  if (at === undefined) print(drawn.toString().replaceAll("; ", "\n"));
  else print(formatTable(["value", "operator", "operands", "forward", "gradient"], tableRows(drawn, digits)));
}

function tableRows(drawn: Graph, digits: number): string[][] {
  return drawn.values.map(({ name, operator, constant, operands, value, grad }) => [
    name,
    operator === undefined ? "input" : symbolOf(operator, constant, digits),
    operands.map((operand) => (isName(operand) ? operand : formatConstant(Number(operand), digits))).join(", "),
    formatNumber(value, digits),
    formatNumber(grad, digits),
  ]);
}

function readNumbers(text: string, before: Record<string, number> = {}): Record<string, number> {
  const numbers = new Map(Object.entries(before));
  for (const part of text.normalize("NFC").split(",")) {
    const [, name, digits = ""] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(part) ?? [];
    const value = readNumber(digits);
    if (name === undefined || value === undefined)
      throw new InvalidArgumentError(`expected name=number pairs such as x=1,y=-2.5, got "${part.slice(0, 80)}".`);
    if (numbers.has(name)) throw new InvalidArgumentError(`"${name}" has two numbers.`);
    numbers.set(name, value);
  }
  return Object.fromEntries(numbers); // "__proto__" is a name like any other
}

function readWidth(text: string): number {
  checkInteger("graph", "--width", Number(text), 200, 100_000);
  return Number(text);
}

function readDigits(text: string): number {
  checkInteger("graph", "--digits", Number(text), 1, 17);
  return Number(text);
}
