/** The package as users get it. Part of `npm run package`, not of `npm test`: it installs from the registry. */
import { execFileSync, execSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { build } from "rolldown";
import { describe, expect, onTestFinished, test } from "vitest";
import { emptyFolder } from "../command.ts";

function shell(command: string, cwd = "."): string {
  return execSync(command, { cwd, encoding: "utf8", stdio: "pipe" });
}

/** An empty project with the package in it. */
function projectWith(what: string): string {
  const project = emptyFolder();
  writeFileSync(join(project, "package.json"), '{ "name": "empty", "private": true, "type": "module" }');
  shell(`npm install --prefer-offline --no-audit --no-fund --silent "${what}"`, project);
  return project;
}

/** The files of the checkout as they are now, in a repository of their own. */
function repository(): string {
  const folder = emptyFolder();
  for (const file of shell("git ls-files --cached --others --exclude-standard").trim().split("\n")) {
    if (!existsSync(file)) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(file, join(folder, file));
  }
  shell("git init -q && git add -A", folder);
  shell('git -c user.name=test -c user.email=test@example.invalid commit -q -m "as it is"', folder);
  return folder;
}

/** `npx chainrule studio` serves the page and every file that it names. */
async function openStudio(project: string): Promise<void> {
  const child = spawn("node_modules/.bin/chainrule", ["studio", "--no-open"], { cwd: project, stdio: "pipe" });
  onTestFinished(() => void child.kill());
  const [url] = (await once(createInterface(child.stdout), "line")) as [string];
  const page = await (await fetch(url)).text();
  expect(page).toContain("<title>Chainrule studio</title>");
  const files = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => file!);
  expect(files.length).toBeGreaterThan(2);
  for (const file of [...files, "sw.js"]) expect((await fetch(url + file)).status).toBe(200);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
}

describe("the packed tarball in an empty project", () => {
  test("imports in Node, runs as a command, and bundles for a browser without Node's modules", {
    timeout: 120_000,
  }, async () => {
    const tarballs = emptyFolder();
    shell(`npm pack --ignore-scripts --silent --pack-destination "${tarballs}"`);
    const project = projectWith(join(tarballs, readdirSync(tarballs)[0]!));
    const node = (code: string): string =>
      execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: project, encoding: "utf8" });

    expect(node('import { tensor } from "chainrule"; console.log(tensor([[1, 2]]).shape.join())')).toBe("1,2\n");
    expect(node('import { writeFile } from "chainrule/node"; console.log(typeof writeFile)')).toBe("function\n");
    expect(shell("npx chainrule --version", project)).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(shell("npx chainrule gradcheck layers", project)).toContain("all differences are below 1e-9");

    await openStudio(project);

    writeFileSync(
      join(project, "page.js"),
      'import { createRng, TwoLayerNet } from "chainrule";\n' +
        'import { kernels } from "chainrule/kernels";\n' +
        'import { imageGrid, lineChart } from "chainrule/plots";\n' +
        "globalThis.net = new TwoLayerNet({ inputDim: 4, hiddenDim: 3, numClasses: 2, rng: createRng(1) });\n" +
        "globalThis.drawn = [kernels().name, lineChart([]), imageGrid([{ image: [0] }], { channels: 1, height: 1, width: 1 })];\n",
    );
    await build({
      input: join(project, "page.js"),
      platform: "browser",
      output: { file: join(project, "page.bundle.js") },
      logLevel: "silent",
    });
    const bundle = readFileSync(join(project, "page.bundle.js"), "utf8");
    expect(bundle).not.toMatch(/(?:^|[\s;}])(?:from|import|require\()\s*["'][^."']/); // everything is inside
    expect(statSync(join(project, "page.bundle.js")).size).toBeGreaterThan(1000);
  });

  test("holds what it should and no more", () => {
    const [{ files }] = JSON.parse(shell("npm pack --ignore-scripts --dry-run --json --silent"));
    const paths: string[] = files.map((file: { path: string }) => file.path);
    for (const path of [
      "LICENSE",
      "README.md",
      "CHANGELOG.md",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/cli/run.js",
      "dist/studio/index.html",
    ])
      expect(paths).toContain(path);
    expect(
      paths.filter(
        (path) =>
          !/^(dist\/|schemas\/(run|space)\.schema\.json$|LICENSE$|README\.md$|CHANGELOG\.md$|package\.json$)/.test(
            path,
          ),
      ),
    ).toEqual([]);
  });
});

describe("the checkout", () => {
  test("installed from git, it is built on the way", { timeout: 300_000 }, () => {
    const project = projectWith(`git+${pathToFileURL(repository()).href}`);
    expect(shell("npx chainrule --version", project)).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(readdirSync(join(project, "node_modules/chainrule")).sort()).toEqual(
      ["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json", "schemas"], // and no sources
    );
  });

  test("without development dependencies, npm ci ends well and builds nothing", () => {
    const folder = repository();
    expect(shell("npm run --silent prepare", folder)).toBe(
      "not built: tsdown is a development dependency, and those are not installed\n",
    );
    expect(existsSync(join(folder, "dist"))).toBe(false);
  });
});
