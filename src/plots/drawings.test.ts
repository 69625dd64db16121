import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { areasOf, expectGoodDrawing, type ReadPanel, readChart, sizeOf, wordsOf } from "../drawing/drawing.cases.ts";
import { contrast, themeNames } from "../drawing/index.ts";
import { createRng, randn, tensor } from "../tensor/index.ts";
import { confusionPlot } from "./confusion-plot.ts";
import { imageGrid } from "./image-grid.ts";
import { pngDataUri } from "./png.ts";
import { scatterFrames } from "./scatter-frame.ts";
import { type TrainingHistory, trainingPlot } from "./training-plot.ts";
import { weightsGrid } from "./weights-plot.ts";

const words = (svg: string): string[] => wordsOf(svg).map(({ content }) => content);

/** Texts line by line from the top, each line from the left. */
function rowsOf(svg: string): string[][] {
  const placed = wordsOf(svg).map((box) => ({ ...box, middle: box.top + box.height / 2 }));
  const rows: (typeof placed)[] = [];
  for (const word of placed.sort((a, b) => a.middle - b.middle)) {
    const row = rows.at(-1);
    if (row && word.middle - row[0]!.middle < 4) row.push(word);
    else rows.push([word]);
  }
  return rows.map((row) => row.sort((a, b) => a.left - b.left).map(({ content }) => content));
}

describe("trainingPlot", () => {
  const epochs = [
    { epoch: 1, trainAccuracy: 0.25, valAccuracy: 0.2 },
    { epoch: 2, trainAccuracy: 0.5, valAccuracy: 0.4 },
  ];
  const histories: Record<string, TrainingHistory> = {
    "two epochs": { losses: [2.4, 2.2, 2.1, 2.05, 2.0, 1.9], stepsPerEpoch: 3, epochs },
    "no step": { losses: [], stepsPerEpoch: 3, epochs: [] },
    "one step": { losses: [2.3], stepsPerEpoch: 390, epochs: [] },
    "one epoch": { losses: [2.3, 2.2], stepsPerEpoch: 2, epochs: epochs.slice(0, 1) },
    "nothing but NaN": {
      losses: [Number.NaN, Number.NaN],
      stepsPerEpoch: 1,
      epochs: [{ epoch: 1, trainAccuracy: Number.NaN, valAccuracy: Number.NaN }],
    },
    "an explosion": { losses: [2.3, 1e12, 1e200, Number.POSITIVE_INFINITY], stepsPerEpoch: 2, epochs },
    "no steps per epoch": { losses: [2.3, 2.2], stepsPerEpoch: 0, epochs: [] },
  };

  test.each(Object.entries(histories))("%s", (_, history) => {
    for (const theme of themeNames)
      for (const width of [420, 900, 1800])
        for (const lossScale of ["linear", "log"] as const) {
          const svg = trainingPlot(history, { theme, width, lossScale, title: "two-layer net · cifar10 · hidden 16" });
          expectGoodDrawing(svg);
          expect(areasOf(svg)).toHaveLength(2);
        }
  });

  test("two epochs, character by character", () => {
    expect(trainingPlot(histories["two epochs"]!)).toMatchSnapshot();
  });

  test("read back from the picture: losses at their steps, both accuracies in percent under their names", () => {
    const accuracy = fc.double({ min: 0, max: 1, noNaN: true });
    const run = fc.record({
      losses: fc.array(fc.double({ min: 0.001, max: 20, noNaN: true }), { minLength: 2, maxLength: 30 }),
      stepsPerEpoch: fc.integer({ min: 1, max: 10 }),
      accuracies: fc.array(fc.tuple(accuracy, accuracy), { minLength: 1, maxLength: 12 }),
    });
    fc.assert(
      fc.property(run, ({ losses, stepsPerEpoch, accuracies }) => {
        const epochs = accuracies.map(([trainAccuracy, valAccuracy], i) => ({
          epoch: i + 1,
          trainAccuracy,
          valAccuracy,
        }));
        const [left, right] = readChart(trainingPlot({ losses, stepsPerEpoch, epochs }, { smoothing: 1, height: 900 }));
        expect([left!.title, right!.title]).toEqual(["Loss", "Accuracy"]);
        const near = (read: ReadPanel, name: string, expected: number[][]): void => {
          const [reachX, reachY] = [read.x[1] - read.x[0], read.y[1] - read.y[0]];
          expect(read.series[name]).toHaveLength(expected.length);
          read.series[name]!.forEach(([x, y], i) => {
            expect(Math.abs(x - expected[i]![0]!)).toBeLessThan(1e-3 * reachX);
            expect(Math.abs(y - expected[i]![1]!)).toBeLessThan(1e-3 * reachY);
          });
        };
        near(
          left!,
          "each step",
          losses.map((loss, i) => [(i + 1) / stepsPerEpoch, loss]),
        );
        near(
          right!,
          "train",
          epochs.map(({ epoch, trainAccuracy }) => [epoch, 100 * trainAccuracy]),
        );
        near(
          right!,
          "val",
          epochs.map(({ epoch, valAccuracy }) => [epoch, 100 * valAccuracy]),
        );
      }),
      { numRuns: 60 },
    );
  });

  const accuracyTicks = (train: number[], val: number[]): readonly [number, number] => {
    const epochs = train.map((share, i) => ({ epoch: i + 1, trainAccuracy: share, valAccuracy: val[i]! }));
    return readChart(trainingPlot({ losses: [2, 1], stepsPerEpoch: 2, epochs }))[1]!.y;
  };

  test("the axis of accuracies spans the data, at least one percent and never more than 0 to 100", () => {
    expect(accuracyTicks([0.871, 0.882, 0.891], [0.874, 0.881, 0.887])).toEqual([87, 89.5]); // curves that lie close together
    expect(accuracyTicks([0.51, 0.98, 1], [0.24, 0.27, 0.26])).toEqual([20, 100]);
    expect(accuracyTicks([0.1, 0.1], [0.1, 0.1])).toEqual([9, 11]);
    expect(accuracyTicks([1, 1], [1, 1])).toEqual([99, 100]);
    expect(accuracyTicks([0, 0], [0, 0])).toEqual([0, 1]);
    expect(accuracyTicks([], [])).toEqual([0, 100]);
  });

  test("the axis of losses spans the data: a creep from 2.327 to 2.321 fills the panel", () => {
    const losses = Array.from({ length: 1570 }, (_, i) => 2.3275 - (0.0066 * i) / 1570);
    expect(readChart(trainingPlot({ losses, stepsPerEpoch: 157, epochs }))[0]!.y).toEqual([2.32, 2.328]);
  });

  test("a mean over steps is drawn beside the steps", () => {
    const losses = [2, 4, 6, 5, 1];
    const [left] = readChart(trainingPlot({ losses, stepsPerEpoch: 1, epochs }, { smoothing: 3, theme: "dark" }));
    expect(words(trainingPlot({ losses, stepsPerEpoch: 1, epochs }, { smoothing: 3 }))).toContain("mean of 3 steps");
    expect(left!.series["mean of 3 steps"]!.map(([, y]) => Math.round(10 * y) / 10)).toEqual([3, 4, 5, 4, 3]);
  });

  test("neither a line nor a name in the legend for accuracies that were not measured", () => {
    const unmeasured = epochs.map((record) => ({ ...record, valAccuracy: Number.NaN }));
    const svg = trainingPlot({ losses: [2, 1], stepsPerEpoch: 1, epochs: unmeasured });
    expect(Object.keys(readChart(svg)[1]!.series)).toEqual(["train"]);
    expect(words(svg)).not.toContain("val");
    expect(words(svg)).toContain("train");
  });

  test("100,000 steps stay a small file", () => {
    const losses = Float64Array.from({ length: 1e5 }, (_, i) => 2 + Math.sin(i) / 3);
    expect(trainingPlot({ losses, stepsPerEpoch: 1e4, epochs }).length).toBeLessThan(100_000);
  });
});

describe("confusionPlot", () => {
  test("rows are true classes, columns predicted ones; accuracies of the classes and of all", () => {
    const svg = confusionPlot(
      [
        [8, 2],
        [1, 3],
      ],
      ["cat", "dog"],
    );
    expect(rowsOf(svg)).toEqual([
      ["Accuracy 78.6% on 14 examples"], // 11 of 14
      ["predicted"],
      ["cat", "dog", "accuracy"],
      ["cat", "8", "2", "80.0%"],
      ["true"],
      ["dog", "1", "3", "75.0%"],
    ]);
    const shades = [...svg.matchAll(/<path d="[^"]*z" fill="([^"]*)"/g)].map(([, fill]) => contrast(fill!, "#ffffff"));
    expect(shades.map((shade) => shades.toSorted((a, b) => b - a).indexOf(shade))).toEqual([0, 3, 2, 1]); // shares 80, 20, 25, 75
  });

  test("any classes at any width can be drawn", () => {
    const input = fc.integer({ min: 1, max: 20 }).chain((C) =>
      fc.record({
        counts: fc.array(fc.array(fc.nat(99_999), { minLength: C, maxLength: C }), { minLength: C, maxLength: C }),
        names: fc.array(fc.string({ maxLength: 30 }), { minLength: C, maxLength: C }),
        width: fc.integer({ min: 300, max: 1400 }),
        theme: fc.constantFrom(...themeNames),
      }),
    );
    fc.assert(
      fc.property(input, ({ counts, names, ...options }) => {
        const svg = confusionPlot(counts, names, options);
        expectGoodDrawing(svg);
        expect(sizeOf(svg).width).toBeLessThanOrEqual(options.width);
      }),
      { numRuns: 60 },
    );
  });

  test("a class without examples has no accuracy", () => {
    const svg = confusionPlot(
      [
        [0, 0],
        [1, 3],
      ],
      ["cat", "dog"],
    );
    expectGoodDrawing(svg);
    expect(words(svg)).toContain("–");
  });

  test("wrong counts are refused", () => {
    expect(() => confusionPlot([[1, 2]], ["cat", "dog"])).toThrow("expected 2 rows of 2 counts for 2 class names");
    expect(() =>
      confusionPlot(
        [
          [1, Number.NaN],
          [0, 1],
        ],
        ["cat", "dog"],
      ),
    ).toThrow("expected counts as whole numbers >= 0, got NaN");
  });
});

describe("scatterFrames", () => {
  const rng = createRng(442);
  const cloud = (n: number, shift = 0): Float64Array =>
    Float64Array.from({ length: 2 * n }, () => rng.normal() + shift);

  test("the axes stand still while the prediction moves", () => {
    const frames = scatterFrames(cloud(50), cloud(50, 3));
    const [one, two] = [frames.moving(cloud(50), "step 0"), frames.moving(cloud(50, 2), "step 1 · loss 0.123")];
    expect(areasOf(one)).toEqual(areasOf(two));
    expect(areasOf(one)[0]).toEqual(areasOf(frames.still)[0]);
    expect(words(two)).toEqual(["step 1 · loss 0.123"]);
    for (const svg of [one, two, frames.still, frames.frame(cloud(50), "step 2")]) expectGoodDrawing(svg);
  });

  test("each point at its place, under its name", () => {
    const [source, targets, prediction] = [cloud(6), cloud(6, 3), cloud(6, 1)];
    const [still, moving] = readChart(scatterFrames(source, targets).frame(prediction, "step 1"));
    const flat = (points: readonly (readonly number[])[] | undefined): number[] => points!.flat();
    const read = [flat(still!.series.source), flat(still!.series.target), flat(moving!.series.prediction)];
    [source, targets, prediction].forEach((expected, i) => {
      expect(read[i]).toHaveLength(12);
      read[i]!.forEach((value, k) => {
        expect(value).toBeCloseTo(expected[k]!, 1);
      });
    });
  });

  test("the still layer has a ground, the moving one is transparent; a frame is both", () => {
    const frames = scatterFrames(cloud(5), cloud(5), { theme: "dark" });
    const prediction = cloud(5);
    expect(frames.still).toContain('<rect width="640" height="480" fill="#14181d"/>');
    expect(frames.moving(prediction, "t")).not.toContain("<rect width");
    const body = (svg: string): string => svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>")).trim();
    expect(frames.frame(prediction, "t")).toContain(body(frames.moving(prediction, "t")));
  });

  test("4,558 points are a small drawing", () => {
    const frames = scatterFrames(cloud(4558), cloud(4558));
    expect(frames.moving(cloud(4558), "step 75 · loss 5.1136e-5").length).toBeLessThan(90_000);
  });

  test("no points, a prediction gone astray or off to infinity", () => {
    const none = scatterFrames([], []);
    expectGoodDrawing(none.frame([], "step 0"));
    const few = scatterFrames([0, 0, 1, 1], [2, 2, 3, 3]);
    expectGoodDrawing(few.frame([1e250, -1e250, Number.NaN, Number.POSITIVE_INFINITY], "step 9"));
    expect(() => scatterFrames([1, 2, 3], [])).toThrow("scatterFrames: expected source as x, y pairs, got 3 numbers");
  });
});

describe("images", () => {
  test("PNG bytes come back as they were, grey and colour", async () => {
    for (const channels of [1, 3]) {
      const size = { channels, height: 150, width: 200 };
      const image = Uint8Array.from({ length: channels * 150 * 200 }, (_, i) => (i * 7 + (i >> 8)) & 255);
      const png = Buffer.from(pngDataUri(image, size).slice("data:image/png;base64,".length), "base64");
      const data = await sharp(png).raw().toBuffer();
      const pixels = data.length / (150 * 200);
      for (let c = 0; c < channels; c++)
        for (let i = 0; i < 150 * 200; i += 97) expect(data[i * pixels + c]).toBe(image[c * 150 * 200 + i]);
    }
  });

  test("a grid with labels at any width", () => {
    const size = { channels: 1, height: 2, width: 3 };
    const images = Array.from({ length: 7 }, (_, i) => ({ image: [0, 50, 100, 150, 200, 250], label: `class ${i}` }));
    for (const width of [120, 420, 1500])
      expectGoodDrawing(imageGrid(images, size, { width, title: "Samples", tile: 40 }));
    expectGoodDrawing(imageGrid([], size));
    expect(() => imageGrid(images, { channels: 2, height: 1, width: 3 })).toThrow("with 1 or 3 channels");
  });

  test("images row by row, each above its label", async () => {
    const images = [10, 20, 30].map((grey) => ({ image: [grey], label: `grey ${grey}` }));
    const svg = imageGrid(
      [images[0]!, undefined, images[1]!, images[2]!],
      { channels: 1, height: 1, width: 1 },
      { columns: 2 },
    );
    const drawn = await Promise.all(
      [...svg.matchAll(/<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"[^>]*base64,([^"]*)"/g)].map(async (found) => {
        const [x, y, width] = found.slice(1, 4).map(Number) as [number, number, number];
        const grey = (await sharp(Buffer.from(found[4]!, "base64")).raw().toBuffer())[0];
        const label = wordsOf(svg).find(
          (box) => Math.abs(box.left + box.width / 2 - x - width / 2) < 2 && box.top > y + width,
        );
        return { grey, label: label?.content, column: x > 400 ? 1 : 0, row: y > 400 ? 1 : 0 };
      }),
    );
    expect(drawn).toEqual([
      { grey: 10, label: "grey 10", column: 0, row: 0 },
      { grey: 20, label: "grey 20", column: 0, row: 1 },
      { grey: 30, label: "grey 30", column: 1, row: 1 },
    ]);
  });

  test("weights: the largest becomes white or black, zero middle grey, NaN grey", async () => {
    const w = tensor([
      [2, 0],
      [-1, 0],
      [0, 0],
      [Number.NaN, 0],
    ]);
    const svg = weightsGrid(w, { channels: 1, height: 2, width: 2 });
    const images = [...svg.matchAll(/base64,([^"]*)"/g)].map(([, bytes]) => Buffer.from(bytes!, "base64"));
    const grey = await Promise.all(images.map((png) => sharp(png).toColourspace("b-w").raw().toBuffer()));
    expect(grey.map((bytes) => [...bytes])).toEqual([
      [255, 64, 128, 128],
      [128, 128, 128, 128],
    ]);
  });

  test("weights of another size are refused", () => {
    const w = randn([10, 2], { rng: createRng(1) });
    expect(() => weightsGrid(w, { channels: 3, height: 2, width: 2 })).toThrow(
      "weightsGrid: expected w of shape (D, H) with D=12 for images of 3×2×2, got (10, 2)",
    );
  });
});
