export * from "./data/index.ts";
export { FormatError, SettingError, ShapeError } from "./errors.ts";
export * from "./kernels/index.ts";
export * from "./optim/index.ts";
export * from "./plots/index.ts";
export * from "./tensor/index.ts";
