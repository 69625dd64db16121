/** The main entry in Node: the public names, with Node's kernels to choose from. */
import { offerNodeKernels } from "./kernels.ts";

offerNodeKernels();

export * from "../index.ts";
