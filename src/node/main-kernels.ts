/** The kernels entry in Node: with Node's kernels to choose from, as in the main entry. */
import { registerNodeKernels } from "./kernels.ts";

registerNodeKernels();

export * from "../kernels/index.ts";
