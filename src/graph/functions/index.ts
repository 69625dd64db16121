export { f1 } from "./f1.ts";
export { f2 } from "./f2.ts";
export { f3 } from "./f3.ts";
export { f4 } from "./f4.ts";
