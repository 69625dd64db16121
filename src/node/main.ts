/** The main entry in Node: the public names, with Node's kernels to choose from. */
import { registerNodeKernels } from "./kernels.ts";

registerNodeKernels();

export * from "../index.ts";
