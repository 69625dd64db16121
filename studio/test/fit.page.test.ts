/** The Fit room, as a person uses it. */
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { expectAccessible, missing, useStudio } from "./browser.ts";

describe.skipIf(missing)(`the Fit room${missing}`, { timeout: 60_000 }, () => {
  const studio = useStudio();
  const lossRow = "table tr:last-child td";

  test("a first visit: one click steps, the end is near least squares, stepping back and a link show the same", async () => {
    const { page, complaints } = await studio.open("#/fit?steps=600");
    await page.getByRole("button", { name: "Step ▶" }).click();
    expect(page.url()).toContain("step=1");
    await page.getByRole("button", { name: "To the end" }).click();
    const [descent, least] = (await page.locator(lossRow).allTextContents()).map(Number);
    expect(descent! / least!).toBeLessThan(1.01);
    await page.getByRole("button", { name: "Back one step" }).click();
    expect(page.url()).toContain("step=599");
    const shown = await page.locator(lossRow).allTextContents();
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "GIF" }).click();
    const gif = await (await downloading).path();
    expect(await sharp(gif, { animated: true }).metadata()).toMatchObject({ format: "gif", width: 320, pages: 60 });
    await page.reload();
    await expect.poll(() => page.locator(lossRow).allTextContents()).toEqual(shown);
    expect(complaints).toEqual([]);
  });

  test("beyond the limit it says that it diverges; momentum moves the limit", async () => {
    const { page, complaints } = await studio.open("#/fit?share=1.2&steps=200");
    await page.getByText("It diverges").waitFor();
    const limit = async (): Promise<number> =>
      Number(/below ([\d.]+)/.exec((await page.getByText("Stable below").textContent())!)![1]);
    const plain = await limit();
    await page.getByRole("slider", { name: /momentum/ }).fill("0.5");
    await expect.poll(limit).toBeCloseTo(1.5 * plain, 1); // 2 (1 + momentum) / largest curvature
    expect(complaints).toEqual([]);
  });

  test("with little motion, Play shows ten pictures of the way, a second each", async () => {
    const { page, complaints } = await studio.open("#/fit", { reducedMotion: "reduce" });
    await page.getByRole("button", { name: "Play" }).click();
    await page.waitForTimeout(500);
    expect(page.url()).not.toContain("step="); // still the first
    await expect.poll(() => page.url(), { timeout: 10_000 }).toContain("step=10");
    await expect.poll(() => page.url(), { timeout: 10_000 }).toContain("step=20");
    expect(complaints).toEqual([]);
  });

  test("a dragged target, painted outliers, and by keyboard alone", async () => {
    const { page, complaints } = await studio.open("#/fit?count=10&step=50");
    const plane = page.locator("canvas.plane");
    await plane.focus();
    await page.keyboard.press("n");
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => decodeURIComponent(page.url())).toMatch(/moved=0,-?[\d.]+,-?[\d.]+/);
    await page.getByRole("button", { name: "Targets back" }).click();
    expect(page.url()).not.toContain("moved");
    await page.getByRole("button", { name: "Paint outliers" }).click();
    const box = (await plane.boundingBox())!;
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.mouse.down();
    for (let y = 5; y < box.height; y += 12)
      await page.mouse.move(box.x + ((y * 7) % box.width), box.y + y, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => decodeURIComponent(page.url())).toMatch(/moved=\d/);
    expect(complaints).toEqual([]);
  });

  test("files: points are read, a broken one is a line and loses nothing", async () => {
    const { page, complaints } = await studio.open("#/fit");
    const drop = (name: string, text: string) =>
      page
        .getByLabel("Points", { exact: true })
        .setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    await drop("bad.csv", "1,2,3\n");
    await expect.poll(() => page.getByRole("alert").textContent()).toContain("bad.csv");
    expect(await page.getByText("A letter F").count()).toBe(1);
    await drop("good.csv", "0,0,1,1\n1,0,3,1\n0,1,1,3\n1,1,3,3\n"); // p' = 2p + 1
    await page.getByText("good.csv: 4 points").waitFor();
    const column = await page.locator("table td:nth-child(3)").allTextContents(); // least squares
    expect(column.slice(0, 6).map(Number)).toEqual([2, 0, 0, 2, 1, 1].map((value) => expect.closeTo(value, 3)));
    expect(complaints).toEqual([]);
  });

  test.each([
    "light",
    "dark",
  ] as const)("nothing that axe complains about, in %s, and no sideways scrolling at 390 pixels", async (colorScheme) => {
    const { page } = await studio.open("#/fit?step=20", { colorScheme, viewport: { width: 390, height: 844 } });
    await page.locator("canvas.plane").waitFor();
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
});
