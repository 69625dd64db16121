/** Random texts for the parser; random graphs at random points, against 60-digit arithmetic and against themselves. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import {
  expectExact,
  expectOneAnswer,
  expectSameInPython,
  type GraphWithInputs,
  graphsWithInputs,
  pythonRunner,
} from "../../src/graph/expressions.cases.ts";
import { type Graph, graph } from "../../src/graph/graph.ts";
import { GraphTextError } from "../../src/graph/tokens.ts";

const pieces = [
  ..."+-*/^()=,;.\n #%&|!?:<>[]{}\"'`\\$@~_·×÷−π",
  ..."x y pi e1 0 1 010 2.5 .5 5. 1e3 1e-400 1e999 0x1F 1_0 7n exp log min max choose pow sqrt constructor __proto__".split(
    " ",
  ),
  ..."hasOwnProperty toString NaN Infinity class new => ** // /* */ ++ -- ?. ... \r\n \u2028 \0 \u200d ŷ é 变 😀".split(
    " ",
  ),
];

const text = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((some) => some.join("")),
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((some) => some.join(" ")),
  fc.string({ unit: "binary", maxLength: 20 }),
  // a valid text with one piece put in somewhere
  fc.tuple(graphsWithInputs, fc.nat(), fc.constantFrom(...pieces)).map(([{ g }, at, piece]) => {
    const valid = String(g);
    const place = at % (valid.length + 1);
    return valid.slice(0, place) + piece + valid.slice(place);
  }),
);

/** Reads a text, and if it is a graph, prints and writes it. @returns whether it is one */
function read(source: string): boolean {
  let g: Graph;
  try {
    g = graph(source);
  } catch (error) {
    if (error instanceof GraphTextError && !error.message.includes("\n")) return false;
    throw error;
  }
  if (String(graph(String(g))) !== String(g)) throw new Error(`${JSON.stringify(source)} is printed as ${g}`);
  g.compile();
  g.toSource("python");
  g.toSource("latex");
  return true;
}

export function fuzz({ seed, runs }: { seed: number; runs: number }): string {
  let graphs = 0;
  const readOne = (source: string): void => {
    graphs += read(source) ? 1 : 0;
  };
  fc.assert(fc.property(text, readOne), { seed, numRuns: runs });

  let compared = 0;
  const check = (one: GraphWithInputs): void => {
    expectOneAnswer(one);
    compared += expectExact(one);
  };
  fc.assert(fc.property(graphsWithInputs, check), { seed, numRuns: runs });

  const cases = fc.sample(graphsWithInputs, { seed, numRuns: Math.ceil(runs / 10) });
  const programs = cases.map(({ g, inputs }) => ({ source: g.toSource("python"), inputs: Object.values(inputs) }));
  const python = spawnSync("python3", ["-c", pythonRunner], {
    input: JSON.stringify(programs),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (python.error === undefined) {
    if (python.status !== 0) throw new Error(python.stderr);
    const results: (string[] | string)[] = JSON.parse(python.stdout);
    for (const [i, one] of cases.entries()) expectSameInPython(one, results[i]!);
  }
  const inPython = python.error === undefined ? `${cases.length} in Python` : "python3 is not installed";
  return `${runs} texts, of which ${graphs} are graphs; ${runs} graphs with ${compared} numbers; ${inPython}`;
}
