import type { Samples } from "../check.ts";
import fixture from "./fixtures/samples.json" with { type: "json" };

/** 100 inputs in [0, 1) and outputs of each function, as `chainrule backprop --action save-outputs` wrote them. */
export const samples: Samples = fixture;
