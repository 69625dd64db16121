import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { lineChart, trainingPlot, weightsGrid } from "../plots/index.ts";
import { createRng, randn } from "../tensor/index.ts";
import { checkPicturePath, svgToPdf, svgToPixels, svgToPng, writePicture } from "./picture.ts";
import { UserError } from "./user-mistake.ts";

const drawing =
  '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80" font-family="DejaVu Sans">' +
  '<rect width="120" height="80" fill="#ffffff"/><rect x="10" y="20" width="30" height="40" fill="#0068ad"/>' +
  '<text x="50" y="50" font-size="14" font-weight="bold" fill="#000000">loss</text></svg>';

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "picture-"));
});
afterAll(() => rm(folder, { recursive: true }));

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const bigEndian = (bytes: Uint8Array, at: number): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);

describe("files by extension", () => {
  test("svg is the drawing itself", async () => {
    await writePicture(join(folder, "a.svg"), drawing);
    expect(await readFile(join(folder, "a.svg"), "utf8")).toBe(drawing);
  });

  test("png has the signature and the drawing's size times the scale", async () => {
    await writePicture(join(folder, "a.PNG"), drawing, { scale: 3 });
    const bytes = await readFile(join(folder, "a.PNG"));
    expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect([bigEndian(bytes, 16), bigEndian(bytes, 20)]).toEqual([360, 240]);
  });

  test("pdf has one page of the drawing's size, 72 points for 96 pixels", async () => {
    await writePicture(join(folder, "a.pdf"), drawing);
    const pdf = latin(await readFile(join(folder, "a.pdf")));
    expect(pdf.slice(0, 5)).toBe("%PDF-");
    expect(pdf).toContain("/MediaBox [0 0 90 60]");
    expect(pdf).toContain("/Count 1");
    expect(pdf).toContain("+DejaVuSans-Bold"); // the font is inside
  });

  test("a scale of nothing is refused", async () => {
    await expect(writePicture(join(folder, "c.png"), drawing, { scale: 0 })).rejects.toThrow(
      "writePicture: expected scale > 0, got 0",
    );
  });

  test("any other extension is refused and nothing is written", async () => {
    expect(() => checkPicturePath("plot.jpg")).toThrowErrorMatchingInlineSnapshot(
      `[UserError: cannot write plot.jpg: expected a picture ending in .svg, .png, .pdf]`,
    );
    const before = await readdir(folder);
    await expect(writePicture(join(folder, "b.jpg"), drawing)).rejects.toThrow(UserError);
    await expect(writePicture(join(folder, "b"), drawing)).rejects.toThrow(UserError);
    expect(await readdir(folder)).toEqual(before);
  });
});

test("a large drawing becomes an image of at most 30 megapixels, a huge one none", async () => {
  const sized = (width: number): string => drawing.replace('width="120" height="80"', `width="${width}" height="1000"`);
  const bytes = await svgToPng(sized(20_000));
  const [width, height] = [bigEndian(bytes, 16), bigEndian(bytes, 20)];
  expect(width * height).toBeLessThan(30.1e6);
  expect(width / height).toBeCloseTo(20, 0);
  await expect(svgToPng(sized(200_000))).rejects.toThrow("too large for an image (200000 by 1000 units); write it as");
});

test("pixels: colours where they were drawn, text in the bundled font", async () => {
  const { pixels, width, height } = await svgToPixels(drawing);
  expect([width, height, pixels.length]).toEqual([120, 80, 120 * 80 * 4]);
  const at = (x: number, y: number): number[] => [...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
  expect(at(25, 40)).toEqual([0x00, 0x68, 0xad, 255]);
  expect(at(2, 2)).toEqual([255, 255, 255, 255]);
  let dark = 0;
  for (let y = 30; y < 60; y++) for (let x = 50; x < 110; x++) if (at(x, y)[0]! < 100) dark++;
  expect(dark).toBeGreaterThan(50);
});

describe("the same drawing gives the same bytes", () => {
  const w = randn([48, 3], { rng: createRng(1) });
  const drawings = {
    "a training plot": trainingPlot({
      losses: [2.3, 2.2, 2.1, 2.0],
      stepsPerEpoch: 2,
      epochs: [
        { epoch: 1, trainAccuracy: 0.2, valAccuracy: 0.18 },
        { epoch: 2, trainAccuracy: 0.3, valAccuracy: 0.27 },
      ],
    }),
    "a log chart": lineChart([{ name: "gd", x: [1, 2, 3], y: [1, 0.1, 1e-5] }], { y: { scale: "log" }, theme: "dark" }),
    images: weightsGrid(w, { channels: 3, height: 4, width: 4 }, { title: "weights" }),
  };

  test.each(Object.entries(drawings))("%s", async (_, svg) => {
    expect(await svgToPng(svg)).toEqual(await svgToPng(svg));
    const pdf = await svgToPdf(svg);
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2031-05-06T07:08:09Z") });
    const later = await svgToPdf(svg).finally(() => vi.useRealTimers());
    expect(later).toEqual(pdf);
  });
});

test("a broken drawing is an error in every format, not an empty picture", async () => {
  const broken = drawing.replace("</text>", "");
  await expect(svgToPng(broken)).rejects.toThrow();
  await expect(svgToPdf(broken)).rejects.toThrow("svgToPdf:");
  await expect(svgToPdf("<p>no drawing</p>")).rejects.toThrow("expected an <svg> with width and height");
});
