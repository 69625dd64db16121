import { execSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Builds `dist/` before the tests in this folder, which run what users run; not when it is newer than all sources. */
export default function setup(): void {
  const built = Math.min(changed("dist/index.d.ts"), changed("dist/studio/index.html"));
  if (built < Math.max(...sources().map(changed)))
    execSync("npm run --silent build", { stdio: "inherit", env: { ...process.env, NODE_ENV: "production" } });
}

function sources(): string[] {
  const files = ["src", "studio"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  return [...files, "package.json", "package-lock.json", "tsdown.config.ts"].filter(
    (file) => !/(\.test|studio\/test\/.*)\.ts$/.test(file),
  );
}

function changed(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
