/** The Graph room, as a person uses it. */
import { describe, expect, test } from "vitest";
import { functionTexts } from "../../src/graph/functions/texts.ts";
import { expectAccessible, missing, useStudio } from "./browser.ts";

describe.skipIf(missing)(`the Graph room${missing}`, { timeout: 60_000 }, () => {
  const studio = useStudio();

  test("a first visit: one click computes the first value, stepping back takes it away", async () => {
    const { page, complaints } = await studio.open("");
    await page.getByRole("button", { name: "Forward ▶" }).click();
    const card = page.locator(".card");
    await expect.poll(() => card.textContent()).toContain("a = 2 × x = 2 × 0.5 = 1");
    const numbers = page.locator("svg.graph .number");
    expect(await numbers.allTextContents()).toEqual(["0.5", "1"]); // of x, and of a
    await page.getByRole("button", { name: "To the end" }).click();
    expect(await page.locator("svg.graph .number.grad").allTextContents()).toContain("0.7864");
    expect(page.url()).toContain("step=13");
    await page.getByRole("button", { name: "Back one step" }).click();
    expect(page.url()).toContain("step=12");
    await page.getByRole("button", { name: "To the start" }).click();
    expect(await page.locator("svg.graph .number.grad").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("by keyboard alone: arrows step, a focused number says where it comes from", async () => {
    const { page, complaints } = await studio.open("#/graph?step=8");
    await page.locator("svg.graph").waitFor();
    await page.keyboard.press("ArrowRight");
    expect(page.url()).toContain("step=9");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("End");
    const number = page.getByRole("button", { name: "−0.1243: where does it come from?" }).first();
    await number.focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".card").textContent()).toContain("Where this number comes from");
    expect(await page.locator(".card").textContent()).toContain("= −0.1243");
    expect(complaints).toEqual([]);
  });

  test("a link shows what was seen: text, inputs, step, language; a slider moves every number", async () => {
    const at = new URLSearchParams({ text: "L = (w * x - y) ^ 2", at: "w=2,x=3,y=1", step: "99", code: "python" });
    const { page, complaints } = await studio.open(`#/graph?${at}`);
    expect(await page.getByRole("textbox", { name: "Graph" }).inputValue()).toBe("L = (w * x - y) ^ 2");
    expect(await page.locator(".code").textContent()).toContain("def f(w, x, y):");
    expect(await page.locator("svg.graph .number.grad").allTextContents()).toContain("30"); // 2 (6 − 1) · 3
    await page.getByLabel("w", { exact: true }).fill("1");
    await expect.poll(() => page.locator("svg.graph .number.grad").allTextContents()).toContain("12"); // 2 (3 − 1) · 3
    expect(decodeURIComponent(page.url())).toContain("w=1,x=3,y=1");
    await page.reload();
    await expect.poll(() => page.locator("svg.graph .number.grad").allTextContents()).toContain("12");
    expect(complaints).toEqual([]);
  });

  test("a mistake in the text is named at its place, and nothing is lost when it is mended", async () => {
    const { page, complaints } = await studio.open("");
    const text = page.getByRole("textbox", { name: "Graph" });
    await text.fill("a = x *\nL = a + 1");
    await expect.poll(() => page.locator("#graph-error").textContent()).toMatch(/^line 2, column 3: expected/);
    await text.fill("a = x * 3\nL = a + 1");
    await expect.poll(() => page.locator("#graph-error").textContent()).toBe("");
    await page.getByRole("button", { name: "To the end" }).click();
    expect(await page.locator(".code .lit").textContent()).toContain("grad_x = 3 * grad_a");
    expect(complaints).toEqual([]);
  });

  test("predict mode: a wrong answer gets its hint, a right one goes on, the score ends it", async () => {
    const { page, complaints } = await studio.open(
      `#/graph?${new URLSearchParams({ text: "L = x * w", at: "x=2,w=5" })}`,
    );
    await page.getByRole("button", { name: "Predict the gradients" }).click();
    const answer = async (value: string): Promise<void> => {
      await page.locator(".predict input").fill(value);
      await page.keyboard.press("Enter");
    };
    await answer("1"); // the output's own
    await expect.poll(() => page.locator(".predict").textContent()).toContain("1 of 1 right");
    await answer("-5");
    await expect.poll(() => page.locator(".hint").textContent()).toContain("the sign is not");
    await answer("5");
    await answer("1 × 2");
    await expect.poll(() => page.locator(".stage .card").textContent()).toContain("2 of 3 right at the first try");
    expect(complaints).toEqual([]);
  });

  test("predict mode cannot be skipped: no jump, no link and no numeric check shows what was not asked", async () => {
    const exercise = new URLSearchParams({ text: "L = x * w", at: "x=2,w=5", predict: "1", step: "99", check: "1" });
    const { page, complaints } = await studio.open(`#/graph?${exercise}`);
    await page.locator(".predict").waitFor();
    const grads = page.locator("svg.graph .number.grad");
    expect(await grads.count()).toBe(0);
    expect(await page.locator("table").count()).toBe(0);
    await page.getByText("would give the answers away").waitFor();
    await page.getByRole("button", { name: "To the start" }).click();
    await page.getByRole("button", { name: "To the end" }).click(); // as far as the question
    await expect.poll(() => page.locator(".predict").textContent()).toContain("step 2 of 4");
    await page.getByRole("button", { name: "Back one step" }).click();
    await page.getByRole("slider", { name: "Step" }).press("End");
    await page.locator("h2, .predict p").first().click();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowRight");
    expect(await grads.count()).toBe(0);
    await page.evaluate(() => {
      location.hash = location.hash.replace(/step=\d+/, "step=4");
    });
    await page.locator(".predict").waitFor();
    expect(await grads.count()).toBe(0);
    for (const [value, right] of [
      ["1", 1],
      ["5", 2],
      ["2", 3],
    ] as const) {
      await page.locator(".predict input").fill(value);
      await page.keyboard.press("Enter");
      await expect.poll(() => page.locator(".stage .card").first().textContent()).toContain(`${right} of ${right}`);
    }
    await expect.poll(() => page.locator("table").textContent()).toContain("5.00000"); // the check, at the end
    await page.getByRole("button", { name: "Again" }).click();
    await page.locator(".predict").waitFor();
    expect(await grads.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("numbers answer to Space as to Enter; the arrow keys move a drawing that is zoomed, and step in one that is not", async () => {
    const { page, complaints } = await studio.open("#/graph?step=13");
    await page.getByRole("button", { name: "0.7864: where does it come from?" }).focus();
    await page.keyboard.press("Space");
    await expect.poll(() => page.locator(".card").textContent()).toContain("Where this number comes from");
    const drawing = page.locator("svg.graph");
    await drawing.focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => page.url()).toContain("step=12");
    await page.getByRole("button", { name: "Zoom in" }).click();
    await page.getByRole("button", { name: "Zoom in" }).click();
    const view = async () => (await drawing.getAttribute("viewBox"))!.split(" ").map(Number) as [number, number];
    const [x, y] = await view();
    await drawing.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await expect.poll(async () => (await view())[1]).toBeGreaterThan(y);
    expect((await view())[0]).toBeGreaterThan(x);
    for (let i = 0; i < 20; i++) await page.keyboard.press("ArrowLeft");
    await expect.poll(async () => (await view())[0]).toBe(0); // the edge of the drawing
    expect(page.url()).toContain("step=12");
    expect(complaints).toEqual([]);
  });

  test.each([
    "f1",
    "f2",
    "f3",
    "f4",
  ] as const)("%s at 390 pixels: large enough to read, nothing on top of anything", async (name) => {
    const text = functionTexts[name].replaceAll("; ", "\n");
    const { page, complaints } = await studio.open(`#/graph?${new URLSearchParams({ text, step: "99" })}`, {
      viewport: { width: 390, height: 844 },
    });
    await page.locator("svg.graph .number.grad").first().waitFor();
    const boxes = await page.evaluate(() =>
      [...document.querySelectorAll("svg.graph .number, svg.graph .shape rect, .zoom button")].map((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        const isNumber = element.classList.contains("number");
        return { left, right, top, bottom, isNumber, what: `${element.tagName} ${element.textContent}` };
      }),
    );
    expect(boxes.length).toBeGreaterThan(20);
    const overlapping = boxes.flatMap((a, i) =>
      boxes
        .slice(i + 1)
        .filter(
          (b) =>
            Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
            Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1,
        )
        .map((b) => `${a.what} and ${b.what}`),
    );
    expect(overlapping).toEqual([]);
    const heights = boxes.filter(({ isNumber }) => isNumber).map(({ top, bottom }) => bottom - top);
    expect(Math.min(...heights)).toBeGreaterThan(10);
    expect(complaints).toEqual([]);
  });

  test("copies, the numeric check and a narrow window", async () => {
    const { page, complaints } = await studio.open("#/graph?step=13", { viewport: { width: 390, height: 844 } });
    await page.getByRole("button", { name: "Copies as operators" }).click();
    await expect.poll(() => page.locator("svg.graph").textContent()).toContain("copy");
    await page.getByRole("button", { name: "Numeric check" }).click();
    await expect.poll(() => page.locator("table").textContent()).toContain("0.786448");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(complaints).toEqual([]);
  });

  test.each(["light", "dark"] as const)("nothing that axe complains about, in %s", async (colorScheme) => {
    for (const hash of ["#/graph?step=9", "#/graph?step=8&predict=1&check=1"]) {
      const { page } = await studio.open(hash, { colorScheme });
      await page.locator("svg.graph").waitFor();
      await expectAccessible(page);
    }
  });

  test("of a thousand operators the surroundings of the step are drawn", async () => {
    const text = Array.from(
      { length: 500 },
      (_, i) => `a${i + 1} = sin(${i === 0 ? "x" : `b${i}`})\nb${i + 1} = a${i + 1} * w`,
    );
    const { page, complaints } = await studio.open(
      `#/graph?${new URLSearchParams({ text: `${text.join("\n")}\nL = b500 + b1` })}`,
    );
    await expect
      .poll(() => page.locator(".part").allTextContents(), { timeout: 10_000 })
      .toEqual(["Around this step: a part of the graph of 1003 values"]);
    await page.evaluate(async () => {
      for (let i = 0; i < 40; i++) {
        dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
        await new Promise(requestAnimationFrame);
      }
    });
    expect(page.url()).toContain("step=40");
    expect(await page.locator(".card").textContent()).toContain("Step 40 of");
    expect(await page.locator("svg.graph .shape").count()).toBeLessThan(120); // not all of the graph
    expect(complaints).toEqual([]);
  });
});
