/** The parts of the Layers room, without a page. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkLayers } from "../../../src/layers/layer-checks.ts";
import { optimizerNames } from "../../../src/optim/index.ts";
import { createRng } from "../../../src/tensor/index.ts";
import { parseFormulas, toMathMl } from "../../formulas-plugin.ts";
import { checkPart } from "./check.ts";
import { optimizerTexts } from "./optimizer-texts.ts";
import { formatRows, type Part, parseRows, parts, toTensor } from "./parts.ts";
import { declaration, loadSource } from "./source.ts";
import { contour, descend, valleys } from "./valley.ts";

const formulas = parseFormulas(readFileSync("studio/rooms/layers/formulas.tex", "utf8"));

function atStart(part: Part) {
  const inputs = Object.fromEntries(
    Object.entries(part.inputs).map(([name, input]) => [name, toTensor(input, input.rows)]),
  );
  const settings = Object.fromEntries(Object.entries(part.settings).map(([name, { value }]) => [name, value]));
  const { out } = part.compute(inputs, settings);
  const gradOut = out?.clone();
  gradOut?.data.forEach((_, i) => {
    gradOut.data[i] = [1, -0.5, 0.25, 2][i % 4]!;
  });
  return { inputs, settings, gradOut };
}

test("every layer, activation and loss that gradcheck knows is in the room, and every optimizer", () => {
  const checked = new Set(checkLayers(createRng(442)).map(({ name }) => name.split(",")[0]));
  expect(new Set(Object.keys(parts))).toEqual(checked);
  expect(Object.keys(optimizerTexts)).toEqual(optimizerNames());
});

describe.each(Object.entries(parts))("%s", (name, part) => {
  test("its backward pass passes its check, and a wrong one does not", () => {
    const { inputs, settings, gradOut } = atStart(part);
    const rows = checkPart(part, inputs, settings, gradOut);
    const sizes = Object.values(part.inputs).map(({ rows, isGiven }) => (isGiven ? 0 : rows.flat().length));
    expect(rows).toHaveLength(sizes.reduce((a, b) => a + b));
    expect(rows.filter((row) => !row.agrees)).toEqual([]);
    const wrong: Part = {
      ...part,
      compute: (...args) => {
        const computed = part.compute(...args);
        return {
          ...computed,
          backward: (g) =>
            computed.backward(g).map((grad) => toTensor({ rows: [], isVector: grad.shape.length === 1 }, scaled(grad))),
        };
      },
    };
    expect(checkPart(wrong, inputs, settings, gradOut).every((row) => row.agrees)).toBe(false);
  });

  test("its formulas become MathML, and its source is found", async () => {
    for (const side of ["forward", "backward"]) {
      const lines = formulas[`${name} ${side}`] ?? [];
      expect(lines).not.toHaveLength(0);
      for (const line of lines) expect(toMathMl(line)).toMatch(/^<math [\s\S]*<\/math>$/);
    }
    expect(part.sources).not.toHaveLength(0);
    for (const source of part.sources) expect((await loadSource(source)).trim()).not.toBe("");
  });
});

/** Rows of a gradient, a thousandth too large. */
function scaled({ data, shape }: ReturnType<typeof toTensor>): number[][] {
  const columns = shape.at(-1)!;
  return Array.from({ length: data.length / columns }, (_, i) =>
    Array.from(data.slice(i * columns, (i + 1) * columns), (v) => v * 1.001),
  );
}

test("at the kink of relu the slopes of both sides have a mean, which the check shows as a difference", () => {
  const part = parts.relu!;
  const inputs = { x: toTensor(part.inputs.x!, [[0, 1]]) };
  const rows = checkPart(part, inputs, {}, toTensor({ rows: [] }, [[1, 1]]));
  expect(rows).toMatchObject([
    { input: "x", at: [0, 0], analytic: 0, agrees: false },
    { input: "x", at: [0, 1], analytic: 1, agrees: true },
  ]);
  expect(rows[0]!.numeric).toBeCloseTo(0.5, 10);
});

test("rows go through the URL; what does not fit is refused", () => {
  const input = {
    rows: [
      [1, 2],
      [3, 4],
    ],
  };
  expect(
    parseRows(
      formatRows([
        [0.5, -1e-7],
        [3, 4],
      ]),
      input,
    ),
  ).toEqual([
    [0.5, -1e-7],
    [3, 4],
  ]);
  for (const text of ["", "1,2", "1,2;3", "1,2;3,", "1,2;3,x", "1,2;3,Infinity"])
    expect(parseRows(text, input)).toBeUndefined();
  const labels = { rows: [[0, 2]], most: 2 };
  expect(parseRows("2,1", labels)).toEqual([[2, 1]]);
  for (const text of ["3,0", "-1,0", "0.5,0"]) expect(parseRows(text, labels)).toBeUndefined();
});

test("a declaration is cut out of a file with its comment", () => {
  const text =
    "/** One. */\nfunction one() {\n  return 1;\n}\n\n/**\n * Two.\n */\nexport class Two {\n  a = 1;\n}\nconst x = 1;\n";
  expect(declaration(text, "one")).toBe("/** One. */\nfunction one() {\n  return 1;\n}\n");
  expect(declaration(text, "Two")).toBe("/**\n * Two.\n */\nexport class Two {\n  a = 1;\n}\n");
  expect(() => declaration(text, "Tw")).toThrow("Tw is not declared");
});

describe("valleys", () => {
  const plain = { momentum: 0, weightDecay: 0 };

  test("gradient descent goes where the arithmetic says", () => {
    const [start, first, second] = descend("sgd", valleys.narrow!, [-4, 1], 2, { ...plain, learningRate: 0.09 });
    expect(start).toEqual([-4, 1]);
    expect(first![0]).toBeCloseTo(-4 + 0.09 * 4, 12);
    expect(first![1]).toBeCloseTo(1 - 0.09 * 20, 12);
    expect(second![1]).toBeCloseTo(-0.8 * -0.8, 12);
  });

  test.each(Object.entries(valleys))("%s: the gradient is that of the function, and lowest is lowest", (_, valley) => {
    const h = 1e-5;
    for (const [u, v] of [valley.start, [0.3, -0.7] as const]) {
      const [gu, gv] = valley.gradient(u, v);
      expect((valley.f(u + h, v) - valley.f(u - h, v)) / (2 * h)).toBeCloseTo(gu, 5);
      expect((valley.f(u, v + h) - valley.f(u, v - h)) / (2 * h)).toBeCloseTo(gv, 5);
    }
    expect(valley.f(...valley.lowest)).toBe(0);
  });

  test.each(optimizerNames())("%s comes down in both, at the rates that the room begins with", (name) => {
    const { rates, takes, momentum = 0 } = optimizerTexts[name]!;
    for (const [key, valley] of Object.entries(valleys)) {
      const settings = { learningRate: rates[key]!, momentum, weightDecay: takes.includes("weightDecay") ? 0.1 : 0 };
      const path = descend(name, valley, valley.start, 40, settings);
      expect(path).toHaveLength(41);
      expect(valley.f(...path.at(-1)!)).toBeLessThan(valley.f(...valley.start) / 4);
    }
  });

  test("too large a rate leaves for infinity, and the way ends", () => {
    const path = descend("sgd", valleys.narrow!, [-4, 1], 200, { ...plain, learningRate: 0.15 });
    expect(path.length).toBeLessThan(60);
    expect(path.flat().every(Number.isFinite)).toBe(true);
  });

  test("a contour lies on its height", () => {
    const pieces = contour(valleys.narrow!, 2.5);
    expect(pieces.length).toBeGreaterThan(50);
    for (const [u, v] of pieces.flat()) expect(valleys.narrow!.f(u, v)).toBeCloseTo(2.5, 1);
  });
});
