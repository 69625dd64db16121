/** What surrounds the rooms: the bar, the theme, the address. */
import { describe, expect, test } from "vitest";
import { expectAccessible, missing, useStudio } from "./browser.ts";

describe.skipIf(missing)(`the page${missing}`, { timeout: 60_000 }, () => {
  const studio = useStudio();

  test("begins in the Graph room; by keyboard alone one goes to another and back", async () => {
    const { page, complaints } = await studio.open("");
    await page.getByLabel("Graph and inputs").waitFor();
    expect(await page.title()).toBe("Graph · Chainrule studio");
    await page.getByRole("link", { name: "Layers", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Fully connected" }).waitFor();
    expect(await page.title()).toBe("Layers · Chainrule studio");
    await page.goBack();
    await page.getByLabel("Graph and inputs").waitFor();
    expect(complaints).toEqual([]);
  });

  test("is light or dark as the system says, until somebody chooses", async () => {
    const { page } = await studio.open("#/layers", { colorScheme: "dark" });
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    await page.getByRole("heading", { name: "Fully connected" }).waitFor();
    expect(await theme()).toBe("dark");
    await page.emulateMedia({ colorScheme: "light" });
    await expect.poll(theme).toBe("light");
    await page.getByRole("button", { name: "Dark" }).click();
    expect(await theme()).toBe("dark");
    await page.reload();
    await page.getByRole("heading", { name: "Fully connected" }).waitFor();
    expect(await theme()).toBe("dark");
  });

  test("a room that is not there, and one that cannot be loaded, is said in a sentence", async () => {
    const { page } = await studio.open("#/nowhere", { serviceWorkers: "block" });
    await page.getByText("There is no room “nowhere”.").waitFor();
    await expectAccessible(page);
    await page.route(/\/assets\/layers-.*\.js/, (route) => route.abort());
    await page.getByRole("link", { name: "Layers", exact: true }).click();
    await page.getByText("The room could not be loaded").waitFor();
    await page.getByRole("link", { name: "Go to the Graph room" }).click();
    await page.getByLabel("Graph and inputs").waitFor();
  });

  test("a number that is being typed stays as it is typed", async () => {
    const { page } = await studio.open("#/graph");
    const field = page.getByRole("spinbutton", { name: "x", exact: true });
    await field.press("ControlOrMeta+a");
    await page.keyboard.type("-0.125");
    expect(await field.inputValue()).toBe("-0.125");
    expect(new URLSearchParams(new URL(page.url()).hash.split("?")[1]).get("at")).toBe("x=-0.125");
    await field.fill("");
    await field.blur(); // nothing was typed: the number is still there
    expect(await field.inputValue()).toBe("-0.125");
  });
});
