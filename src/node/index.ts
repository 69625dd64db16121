export { checkWritable, writeFile } from "./files.ts";
export { UserError } from "./user-mistake.ts";
