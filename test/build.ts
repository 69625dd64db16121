import { execFileSync } from "node:child_process";

/** Builds `dist/` once before the tests, so that whole-program tests run what users run. */
export default function setup(): void {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
}
