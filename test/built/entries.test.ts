import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

function node(...lines: string[]): string {
  return execFileSync(process.execPath, ["--input-type=module", "-e", lines.join("\n")], { encoding: "utf8" });
}

test("all entries are one library: a choice of kernels holds, an error is caught, whichever entry it comes from", () => {
  const printed = node(
    'import { SettingError, setKernels } from "chainrule";',
    'setKernels("loops");',
    'const { kernels } = await import("chainrule/kernels");',
    'const { chart } = await import("chainrule/plots");',
    "console.log(kernels().name);",
    'try { chart([], { theme: "pink" }); } catch (error) { console.log(error instanceof SettingError); }',
  );
  expect(printed).toBe("loops\ntrue\n");
});

test("each entry has Node's kernels, and settings made through chainrule/node stay", () => {
  expect(node('import { availableKernels } from "chainrule/kernels"; console.log(availableKernels().join());')).toBe(
    node('import { availableKernels } from "chainrule"; console.log(availableKernels().join());'),
  );
  const printed = node(
    'import { useKernels } from "chainrule/node";',
    'const { kernels } = useKernels({ kernels: "wasm", threads: 1 });',
    'const { setKernels } = await import("chainrule");',
    'console.log(setKernels("wasm") === kernels);',
  );
  expect(printed).toBe("true\n");
});
