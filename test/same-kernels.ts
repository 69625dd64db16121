/** Every file of tests starts with the same kernels, whatever the one before it chose. */
import { beforeAll } from "vitest";
import { setKernels } from "../src/kernels/index.ts";

beforeAll(() => void setKernels("wasm"));
