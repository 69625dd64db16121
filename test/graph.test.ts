import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chainrule, emptyFolder } from "./command.ts";

const at = ["--at", "x=2,w=0.5,b=1,y=3"];
const expression = "L = (x*w + b - y)^2";

test("a drawing in rows or from top to bottom; both at once is one line", async () => {
  const cwd = emptyFolder();
  const size = (file: string): number[] =>
    [...readFileSync(join(cwd, file), "utf8").matchAll(/^<svg [^>]*width="(\d+)" height="(\d+)"/g)].flatMap((found) =>
      found.slice(1).map(Number),
    );
  for (const [file, ...options] of [
    ["wide.svg"],
    ["rows.svg", "--width", "500"],
    ["down.svg", "--direction", "down"],
  ] as const)
    expect(await chainrule(["graph", "f4", "--out", file, ...options], { cwd })).toMatchObject({ status: 0 });
  expect(size("wide.svg")[0]).toBeGreaterThan(900);
  expect(size("rows.svg")[0]).toBeLessThanOrEqual(500);
  expect(size("down.svg")[1]).toBeGreaterThan(size("down.svg")[0]!);
  const both = await chainrule(["graph", "f4", "--out", "x.svg", "--width", "500", "--direction", "down"], { cwd });
  expect(both).toMatchObject({ status: 2, stderr: expect.stringMatching(/^chainrule: graph: --width breaks .*\n$/) });
  expect(readdirSync(cwd)).not.toContain("x.svg");
});

test("without options it lists the lines, with numbers every value and its gradient", async () => {
  expect((await chainrule(["graph", "f2"])).stdout).toBe("a = 2 * x\ne = exp(a)\nt = e - 1\nb = e + 1\nL = t / b\n");
  const { status, stdout, stderr } = await chainrule(["graph", "f3", "--at", "s1=0.4,s2=1.1,y=2"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatchSnapshot();
});

test("--step prints both passes with their numbers", async () => {
  const { status, stdout } = await chainrule(["graph", expression, ...at, "--step"]);
  expect(status).toBe(0);
  expect(stdout).toMatchSnapshot();
});

test.each(["typescript", "python", "latex"])("--code %s", async (language) => {
  const { status, stdout } = await chainrule(["graph", "f4", "--code", language, "--copies"]);
  expect(status).toBe(0);
  expect(stdout).toMatchSnapshot();
});

test("--json is one object with values, gradients, steps and code", async () => {
  const { stdout } = await chainrule(["graph", "f3", "--at", "s1=0,s2=0,y=1", "--json", "--step", "--code", "python"]);
  const result = JSON.parse(stdout);
  expect(Object.keys(result)).toEqual(["text", "inputs", "output", "values", "steps", "language", "code"]);
  expect(result.values[0]).toEqual({ name: "s1", operator: null, operands: [], value: 0, grad: -0.5 });
  expect(result.values[2]).toMatchObject({ name: "y", value: 1, grad: "none" });
});

test("--out writes every format", async () => {
  const cwd = emptyFolder();
  const starts = { svg: "<svg", png: "\x89PNG", pdf: "%PDF", dot: "digraph" };
  for (const [format, start] of Object.entries(starts)) {
    const { status, stdout } = await chainrule(
      ["graph", expression, ...at, "--out", `g.${format}`, "--theme", "dark"],
      {
        cwd,
      },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(readFileSync(join(cwd, `g.${format}`), "latin1").startsWith(start)).toBe(true);
  }
});

test.each([
  [["graph", "--", "-log(p)"], ""],
  [["graph", "f9"], 'graph: "f9" is an input of that name; built in are f1, f2, f3, f4\n'],
  [["graph", "log(x)", "--at", "x=-1"], "graph: not finite here: L = NaN\n"],
  [["graph", "1/x", "--at", "x=0"], "graph: not finite here: gradient of x = -Infinity, L = Infinity\n"],
])("%j remarks %j", async (args, stderr) => {
  expect(await chainrule(args)).toMatchObject({ status: 0, stderr });
});

test.each(["hasOwnProperty", "constructor", "__proto__", "toString"])("%s is a name like any other", async (name) => {
  const alone = await chainrule(["graph", name]);
  const remark = `graph: "${name}" is an input of that name; built in are f1, f2, f3, f4\n`;
  expect(alone).toEqual({ status: 0, stdout: `L = copy(${name})\n`, stderr: remark });
  const { status, stdout } = await chainrule(["graph", `2 * ${name}`, "--at", `${name}=4`, "--json"]);
  expect(status).toBe(0);
  expect(JSON.parse(stdout).values).toMatchObject([{ name, value: 4, grad: 2 }, { value: 8 }]);
  expect((await chainrule(["graph", "x", "--at", `x=1,${name}=4`])).stderr).toContain(`unknown input "${name}"`);
  expect((await chainrule(["graph", `x + ${name}`, "--at", "x=1"])).stderr).toContain(
    `graph: --at gives no number for ${name}\n`,
  );
});

test("--digits and π hold in tables and steps", async () => {
  const args = ["graph", "y = pi * x + 3.0041; 1.23456 / y", "--at", "x=1", "--digits", "3"];
  const table = (await chainrule(args)).stdout;
  expect(table).toContain("×π");
  expect(table).toContain("+3.00");
  expect(table).toContain("1.23, y");
  expect(table).not.toMatch(/\d\.\d{5}/);
  expect((await chainrule([...args, "--step"])).stdout).not.toMatch(/\d\.\d{5}/);
});

test("gradients far out are right, and what is not finite is said", async () => {
  const grad = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await chainrule(["graph", ...args, "--json"])).stdout).values[0].grad;
  expect(await grad("f2", "--at", "x=200")).toBe(0);
  expect(await grad("f3", "--at", "s1=400,s2=0,y=1")).toBe(0);
  expect(await grad("exp(x)/(exp(x)+exp(y))", "--at", "x=355,y=354")).toBeCloseTo(0.19661193324148185, 14);
  const { stderr } = await chainrule(["graph", "f2", "--at", "x=355"]);
  expect(stderr).toBe(
    "graph: not finite here: gradient of x = NaN, gradient of a = NaN, e = Infinity, gradient of e = NaN and 4 more\n",
  );
});

const page = readFileSync("docs/graphs.md", "utf8");
const drawings = [...page.matchAll(/<!-- chainrule (graph .*) --out (\S+) -->/g)];

test.each(drawings.map(([, args, file]) => [file!, args!]))("%s is what the command draws", async (file, args) => {
  const cwd = emptyFolder();
  expect((await chainrule([...args.split(" "), "--out", "g.svg"], { cwd })).status).toBe(0);
  expect(readFileSync(join(cwd, "g.svg"), "utf8")).toBe(readFileSync(file, "utf8"));
});

test("the page's blocks are what the commands print", async () => {
  const output = async (...args: string[]): Promise<string> => (await chainrule(args)).stdout.trimEnd();
  expect(page).toContain(await output("graph", "f2", "--at", "x=0.5", "--step"));
  expect(page).toContain(await output("graph", "f3", "--code", "python"));
});

test.each([
  [["graph"], "missing required argument 'name|expression'"],
  [["graph", "e1 = exp(s1; e2"], 'graph: line 1, column 12: expected an operator or ), got ;, at "e1 = exp(s1▸; e2"'],
  [["graph", "f1", "--at", "x1=1"], "graph: --at gives no number for w1, x2, w2, b, y"],
  [["graph", "x*y", "--at", "x=1,x=2"], '"x" has two numbers'],
  [["graph", "x*y", "--at", "x=1", "--at", "x=2"], '"x" has two numbers'],
  [["graph", "-log(p)"], 'put -- before an expression that starts with a minus: chainrule graph -- "-log(p)"'],
  [
    ["graph", `-log(${"p + ".repeat(1000)} 1)`],
    'put -- before an expression that starts with a minus: chainrule graph -- "-log(p)"',
  ],
  [["graph", "x", "--at", `${"x".repeat(2000)}=`], "expected name=number pairs"],
  [["graph", "x", "--thme", "dark"], "unknown option '--thme'"],
  [["graph", Array.from({ length: 1000 }, (_, i) => `x${i}`).join("+"), "--out", "g.svg"], "too large to draw"],
  [["graph", "x*y", "--at", "x=1,y=2,z=3"], 'unknown input "z"; expected x, y'],
  [["graph", "x*y", "--at", "x=1,y"], "expected name=number pairs such as x=1,y=-2.5"],
  [["graph", "x*y", "--at", "x=0x10,y=1"], 'got "x=0x10"'],
  [["graph", "x*y", "--at", "x=1e-400,y=1"], 'got "x=1e-400"'],
  [["graph", "x+0x10"], "expected a number such as 2, 0.5 or 1e-3 or a name such as x2, got 0x10"],
  [["graph", "constructor(x)"], "unknown function constructor; expected one of add"],
  [["graph", "f3", "--at", "s1=1,s2=2,y=3"], 'expected the selector "y" to be a whole number from 1 to 2, got 3'],
  [["graph", "f2", "--step"], "--step needs --at"],
  [["graph", "f2", "--code", "rust"], "Allowed choices are typescript, python, latex"],
  [["graph", "f2", "--digits", "0"], "expected --digits to be a whole number from 1 to 17, got 0"],
  [["graph", "f2", "--out", "g.gif"], "cannot write g.gif: expected a file ending in .svg, .png, .pdf or .dot"],
  [["graph", "f2", "--out", "nowhere/g.svg"], "the folder "],
])("%j is a mistake in one line", async (args, message) => {
  const cwd = emptyFolder();
  const { status, stdout, stderr } = await chainrule(args, { cwd });
  expect({ status, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({ status: 2, stdout: "", lines: 1 });
  expect(stderr).toContain(message);
  expect(stderr.length).toBeLessThanOrEqual(600);
  expect(existsSync(join(cwd, "g.gif"))).toBe(false);
});
