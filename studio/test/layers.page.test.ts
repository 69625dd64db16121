/** The Layers room as a person uses it. */
import { describe, expect, test } from "vitest";
import { expectAccessible, missing, useStudio } from "./browser.ts";

describe.skipIf(missing)(`the Layers room${missing}`, () => {
  const studio = useStudio();
  const slow = { timeout: 10_000 }; // other tests use the machine too

  test("numbers are edited, gradients follow, and the link holds them", async () => {
    const { page, complaints } = await studio.open("#/layers");
    await page.getByRole("heading", { name: "Fully connected" }).waitFor();
    expect(await page.locator(".formulas math").count()).toBe(4);
    const out = page.locator("figure", { hasText: "out 2 × 2" });
    // 1·0.5 − 2·1 + 0.5·(−0.5) + 0.1
    expect(await out.locator("output").first().textContent()).toBe("−1.65");
    await page.getByLabel("x, row 1, column 1").press("ControlOrMeta+a");
    await page.keyboard.type("0.25");
    // 0.25·0.5 − 2 − 0.25 + 0.1
    await expect.poll(() => out.locator("output").first().textContent(), slow).toBe("−2.025");
    expect(await page.getByLabel("x, row 1, column 1").inputValue()).toBe("0.25");
    await page.getByLabel("Gradient of out, row 1, column 1").fill("3");
    // gradient of b[0]: 3 + 0.25
    await expect
      .poll(() => page.locator("figure", { hasText: "b 2" }).locator(".grad").first().textContent())
      .toBe("3.25");
    const { page: copy } = await studio.open(new URL(page.url()).hash);
    await expect.poll(() => copy.getByLabel("x, row 1, column 1").inputValue(), slow).toBe("0.25");
    expect(await copy.locator("figure", { hasText: "b 2" }).locator(".grad").first().textContent()).toBe("3.25");
    expect(complaints).toEqual([]);
  });

  test("the check goes number by number, and another number makes it void", async () => {
    const { page, complaints } = await studio.open("#/layers?part=batchNorm");
    await page.getByRole("button", { name: "Check the gradients" }).click();
    await page.getByText("All 15 gradients agree").waitFor();
    expect(await page.locator(".found").count()).toBe(15);
    await page.getByLabel("gamma, row 1, column 1").fill("2");
    await expect.poll(() => page.locator(".found").count(), slow).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("at the kink of relu it says what it finds", async () => {
    const { page } = await studio.open("#/layers?part=relu&x=0,1,-1,2", { reducedMotion: "reduce" });
    await page.getByRole("button", { name: "Check the gradients" }).click();
    await page.getByText("1 of 4 differ").waitFor();
  });

  test("an optimizer's way through the valley, by keyboard and by pointer", async () => {
    const { page, complaints } = await studio.open("#/layers?part=sgd");
    await page.getByText("After 40 steps: f =").waitFor();
    await page.getByRole("slider").focus();
    await page.keyboard.press("Home");
    // ½ (16 + 20)
    await page.getByText("After 0 steps: f = 18 at (−4, 1).").waitFor();
    await page.keyboard.press("ArrowRight");
    // u = −4 + 0.09·4, v = 1 − 0.09·20
    await page.getByText("After 1 steps: f = 13.02 at (−3.64, −0.8).").waitFor();
    await page.getByLabel("learning rate").fill("0.3");
    await page.keyboard.press("End");
    await page.getByRole("slider").press("End");
    await page.getByText("has left for infinity").waitFor();
    await page.locator("svg.valley").click({ position: { x: 10, y: 10 } });
    await expect.poll(() => page.getByLabel("start u").inputValue(), slow).toMatch(/^-4\.[89]/);
    expect(complaints).toEqual([]);
  });

  test("the source is the library's, and what is not there is said", async () => {
    const { page } = await studio.open("#/layers?part=softmaxLoss");
    await page.getByText("export function softmaxLoss<F extends FloatDType>(").waitFor();
    await page.getByRole("button", { name: "kernels/loops/softmax-loss.ts" }).click();
    await page.getByText("exps[j] = Math.exp(scores[start + j]! - max);").waitFor();
    await page.getByRole("link", { name: "Adam", exact: true }).click();
    await page.getByRole("heading", { name: "Adam" }).waitFor();
    const { page: lost } = await studio.open("#/layers?part=constructor");
    await lost.getByText("There is no layer, loss or optimizer “constructor”").waitFor();
  });

  test.each([
    "light",
    "dark",
  ] as const)("nothing that axe complains about, in %s, wide and narrow", async (colorScheme) => {
    for (const [hash, width] of [
      ["#/layers", 1440],
      ["#/layers?part=gelu", 390],
      ["#/layers?part=adam", 390],
    ] as const) {
      const { page, context } = await studio.open(hash, { colorScheme, viewport: { width, height: 900 } });
      await page.locator(".source pre span, .source pre").first().waitFor();
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await context.close();
    }
  });
});
