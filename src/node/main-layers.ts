/** The layers entry in Node: with Node's kernels to choose from, as in the main entry. */
import { offerNodeKernels } from "./kernels.ts";

offerNodeKernels();

export * from "../layers/entry.ts";
