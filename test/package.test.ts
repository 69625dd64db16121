import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "rolldown";
import { describe, expect, test } from "vitest";
import { emptyFolder } from "./command.ts";

/** The tarball as users get it, installed into an empty project. */
function installTarball(): string {
  const project = emptyFolder();
  const npm = (args: string[], cwd: string): string =>
    execFileSync("npm", args, { cwd, encoding: "utf8", stdio: "pipe" });
  npm(["pack", "--ignore-scripts", "--silent", "--pack-destination", project], ".");
  const tarball = readdirSync(project).find((file) => file.endsWith(".tgz"))!;
  writeFileSync(join(project, "package.json"), '{ "name": "empty", "private": true, "type": "module" }');
  npm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--silent", `./${tarball}`], project);
  return project;
}

describe("the packed tarball in an empty project", () => {
  test("imports in Node, runs as a command, and bundles for a browser without node: modules", {
    timeout: 120_000,
  }, async () => {
    const project = installTarball();
    const node = (code: string): string =>
      execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: project, encoding: "utf8" });

    expect(node('import { tensor } from "chainrule"; console.log(tensor([[1, 2]]).shape.join())')).toBe("1,2\n");
    expect(node('import { writeFile } from "chainrule/node"; console.log(typeof writeFile)')).toBe("function\n");
    const bin = join(project, "node_modules/.bin/chainrule");
    expect(execFileSync(bin, ["--version"], { encoding: "utf8" })).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(execFileSync(bin, ["gradcheck", "layers"], { encoding: "utf8" })).toContain(
      "all differences are below 1e-9",
    );

    writeFileSync(
      join(project, "page.js"),
      'import { createRng, TwoLayerNet } from "chainrule";\n' +
        "globalThis.net = new TwoLayerNet({ inputDim: 4, hiddenDim: 3, numClasses: 2, rng: createRng(1) });\n",
    );
    await build({
      input: join(project, "page.js"),
      platform: "browser",
      output: { file: join(project, "page.bundle.js") },
      logLevel: "silent",
    });
    const bundle = readFileSync(join(project, "page.bundle.js"), "utf8");
    expect(bundle).not.toMatch(/from\s*["']node:|require\(["']node:/);
    expect(statSync(join(project, "page.bundle.js")).size).toBeGreaterThan(1000);
  });

  test("holds what it should and no more", () => {
    const [{ files }] = JSON.parse(
      execFileSync("npm", ["pack", "--ignore-scripts", "--dry-run", "--json", "--silent"], { encoding: "utf8" }),
    );
    const paths: string[] = files.map((file: { path: string }) => file.path);
    for (const path of ["LICENSE", "README.md", "CHANGELOG.md", "dist/index.js", "dist/index.d.ts", "dist/cli/run.js"])
      expect(paths).toContain(path);
    expect(paths.filter((path) => !/^(dist\/|LICENSE$|README\.md$|CHANGELOG\.md$|package\.json$)/.test(path))).toEqual(
      [],
    );
  });
});
