/** After `npm ci` in a checkout, and when npm makes a package of one (`npm install git+…`, `npm pack`): builds `dist/`. */
import { execSync } from "node:child_process";
import { createRequire } from "node:module";

try {
  createRequire(import.meta.url).resolve("tsdown/package.json");
} catch {
  console.log("not built: tsdown is a development dependency, and those are not installed");
  process.exit(0);
}
execSync("npm run --silent build", { stdio: "inherit" });
