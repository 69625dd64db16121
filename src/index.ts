/** The public names; everything here runs in a browser as it is. */
export * from "./data/index.ts";
export { FormatError, SettingError, ShapeError } from "./errors.ts";
export * from "./fitting/index.ts";
export * from "./gradcheck/index.ts";
export * from "./graph/index.ts";
export * from "./kernels/index.ts";
export * from "./layers/index.ts";
export * from "./models/index.ts";
export * from "./optim/index.ts";
export * from "./plots/index.ts";
export * from "./tensor/index.ts";
export * from "./training/index.ts";
