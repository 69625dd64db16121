export { FormatError, SettingError, ShapeError } from "./errors.ts";
export * from "./fitting/index.ts";
export * from "./kernels/index.ts";
export * from "./optim/index.ts";
export * from "./tensor/index.ts";
